import { memoryOfMachine, MEMORY_FOR_RUNS } from "../../core/memory.js";
import { openForRuns } from "../../engine/open.js";
import { askedWith, type Share } from "../../engine/share.js";
import { thisProcess } from "../../records/holder.js";
import { openLeases } from "../../records/leases.js";
import type { Outcome } from "../ledger.js";
import type { RunOptions, Watch, Work } from "../options.js";
import { execute, type CellExecutor } from "./execute.js";
import { runShare } from "../plan/run-threads.js";
import { inThisProcess } from "./in-process.js";
import { inWorkers, type WorkerEngine } from "./in-workers.js";

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
    const { memoryBytes = (MEMORY_FOR_RUNS * memoryOfMachine()) / atOnce } = options;
    const setup = { config, results, dataFolder, skipMissing, engine: choice, threads, askedWith: asked };
    const onEngine = (opened: WorkerEngine): void => options.onEngine?.({ ...opened, jobs: atOnce });
    const onNotice = (text: string): void => options.onNotice?.(text);
    return inWorkers(setup, { jobs, gpus }, memoryBytes, onEngine, onNotice);
  }
  const using = { threads, gpu: gpus[0], ...config.engine };
  const { engine, ...others } = await openForRuns(choice, using, { hasGpu: gpus.length > 0, askedWith: asked });
  options.onEngine?.({ engine: engine.details, ...others, jobs });
  return inThisProcess(plan, config, store, engine, dataFolder);
}
