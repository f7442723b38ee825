import { join } from "node:path";
import { packageRoot } from "../../core/files.js";
import type { ResolvedConfig } from "../../config/load.js";
import type { EngineDetails, EngineName } from "../../engine/engine.js";
import { oneGpu } from "../../engine/gpus.js";
import type { Choice } from "../../engine/open.js";
import type { Fence } from "../../records/fence.js";
import type { CellExecutor, CellResult } from "./execute.js";
import { openPool, type Pool } from "./pool.js";
import { WorkerDied } from "./worker-process.js";

/** What a worker is given before its first cell. */
export interface WorkerSetup {
  readonly config: ResolvedConfig;
  readonly results: string;
  readonly dataFolder: string;
  readonly skipMissing: boolean | undefined;
  readonly engine: EngineName | "auto";
  readonly threads: number;
  /** Whether it has a GPU of its own, which its environment names. */
  readonly hasGpu: boolean;
  /** The option with which GPUs were asked for, if they were. */
  readonly askedWith: string | undefined;
}

/** How many of them there are, and on what. */
export interface Workers {
  /** Cells at the same time. */
  readonly jobs: number;
  /** The GPU of each; empty: none. */
  readonly gpus: readonly string[];
}

/** What it says of the engine that it opened. */
export interface WorkerEngine {
  readonly engine: EngineDetails;
  readonly rejected: Choice["rejected"];
  readonly unusedGpu?: Choice["unusedGpu"];
}

/** What a worker is asked to do: run a cell, or record that it has failed. */
export interface CellTask {
  readonly id: string;
  readonly failure?: string;
  readonly fence: Fence;
}

/** Processes run built files only. */
const PROGRAM = join(packageRoot(), "dist", "src", "runs", "local", "worker.js");

/** Runs cells in worker processes, several at a time. A cell whose worker died twice in the life of the pool has failed.
 *  @param memoryBytes that one worker may hold.
 *  @param onEngine is told of the first worker's engine. @param onNotice of another GPU that a worker can't use. */
export function inWorkers(
  setup: Omit<WorkerSetup, "hasGpu">,
  { jobs, gpus }: Workers,
  memoryBytes: number,
  onEngine: (opened: WorkerEngine) => void,
  onNotice: (text: string) => void,
): CellExecutor {
  const environments = gpus.map(oneGpu);
  const forEach: WorkerSetup = { ...setup, hasGpu: gpus.length > 0 };
  const told = new Set<string>();
  const pool = openPool({ program: PROGRAM, setup: forEach, memoryBytes, environments }, (about, isFirst) => {
    const opened = about as WorkerEngine;
    const { unusedGpu } = opened;
    if (isFirst) onEngine(opened);
    else if (unusedGpu !== undefined && !told.has(unusedGpu)) onNotice(unusedGpu);
    if (unusedGpu !== undefined) told.add(unusedGpu);
  });
  const ask = async (...task: Parameters<Pool["run"]>): Promise<CellResult> => (await pool.run(...task)) as CellResult;
  const giveUp: CellExecutor["giveUp"] = async ({ id }, failure, fence, signal) => {
    try {
      return await ask({ id, failure, fence } satisfies CellTask, () => undefined, signal);
    } catch (error) {
      if (!(error instanceof WorkerDied)) throw error;
      return { state: "failed", reason: failure };
    }
  };
  return {
    jobs,
    async run(cell, fence, onProgress, signal, onComputed) {
      try {
        return await ask({ id: cell.id, fence } satisfies CellTask, onProgress, signal, onComputed);
      } catch (error) {
        if (!(error instanceof WorkerDied)) throw error;
        if (error.wasComputed) return { state: "lost" };
        return giveUp(cell, `every worker that ran it died: ${error.message}`, fence, signal);
      }
    },
    giveUp,
    close: () => pool.close(),
  };
}
