import { memoryOfMachine } from "../../core/memory.js";
import { openEngine, openOnGpu } from "../../engine/open.js";
import { askedWith, type Share } from "../../engine/share.js";
import { thisProcess } from "../../records/holder.js";
import { openLeases } from "../../records/leases.js";
import type { Outcome } from "../ledger.js";
import type { RunOptions, Watch, Work } from "../options.js";
import { execute, type CellExecutor } from "./execute.js";
import { runShare } from "../plan/run-threads.js";
import { inThisProcess } from "./in-process.js";
import { inWorkers } from "./in-workers.js";

/** Of the machine's memory, what all workers together may hold. */
const MEMORY_SHARE = 0.9;

/** Runs cells on this machine: in this process, or several at a time in worker processes. */
export async function runHere(work: Work, options: RunOptions, watch: Watch): Promise<Outcome> {
  const { config, cells, store, domains } = work;
  const { skipFailed, idleMinutes } = options;
  const share = await runShare(work, options);
  const leases = openLeases(store.folder, thisProcess(share.jobs), options.onNotice);
  let executor: CellExecutor | undefined;
  try {
    executor = await openExecutor(work, options, share);
    const ground = { config, domains, store, leases, skipFailed, idleMinutes };
    return await execute(cells, ground, executor, watch.progress, watch.signal, watch.onFinished);
  } finally {
    leases.close();
    executor?.close();
  }
}

async function openExecutor(work: Work, options: RunOptions, { jobs, threads, gpus }: Share): Promise<CellExecutor> {
  const { config, cells, plan, store, dataFolder } = work;
  const { results, skipMissing, engine: choice = "auto" } = options;
  const asked = askedWith(options);
  if (jobs > 1) {
    const atOnce = Math.min(jobs, Math.max(1, cells.filter(({ id }) => !store.has(id)).length));
    const { memoryBytes = (MEMORY_SHARE * memoryOfMachine()) / atOnce } = options;
    const setup = { config, results, dataFolder, skipMissing, engine: choice, threads, askedWith: asked };
    return inWorkers(setup, { jobs, gpus }, memoryBytes, (opened) => options.onEngine?.({ ...opened, jobs: atOnce }));
  }
  const using = { threads, gpu: gpus[0], ...config.engine };
  const { engine, ...others } = await (gpus.length > 0 ? openOnGpu(choice, using, asked) : openEngine(choice, using));
  options.onEngine?.({ engine: engine.details, ...others, jobs });
  return inThisProcess(plan, config, store, engine, dataFolder);
}
