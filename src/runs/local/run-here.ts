import { memoryOfMachine } from "../../core/memory.js";
import { openEngine } from "../../engine/open.js";
import type { Share } from "../../engine/share.js";
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
  const { config, plan, store, dataFolder } = work;
  const { results, skipMissing, engine: choice = "auto" } = options;
  const { memoryBytes = (MEMORY_SHARE * memoryOfMachine()) / jobs } = options;
  if (jobs > 1) {
    const setup = { config, results, dataFolder, skipMissing, engine: choice, threads };
    return inWorkers(setup, { jobs, gpus }, memoryBytes, (opened) => options.onEngine?.({ ...opened, jobs }));
  }
  const { engine, rejected } = await openEngine(choice, { threads, gpu: gpus[0], ...config.engine });
  options.onEngine?.({ engine: engine.details, rejected, jobs });
  return inThisProcess(plan, config, store, engine, dataFolder);
}
