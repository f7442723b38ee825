import { WorkerDied, type Pool } from "./pool.js";
import type { Fence } from "../../records/fence.js";
import type { CellExecutor, CellResult } from "./execute.js";

/** What a worker is asked to do: run a cell, or record that it has failed. */
export interface CellTask {
  readonly id: string;
  readonly failure?: string;
  readonly fence: Fence;
}

/** Runs cells in worker processes, several at a time. A cell whose worker died twice in the life of the pool has failed.
 *  @param jobs cells at the same time. */
export function inPool(pool: Pool, jobs: number): CellExecutor {
  const ask = async (task: CellTask, onProgress: (steps: number) => void, signal: AbortSignal): Promise<CellResult> =>
    (await pool.run(JSON.stringify(task), onProgress, signal)) as CellResult;
  const giveUp: CellExecutor["giveUp"] = async ({ id }, failure, fence, signal) => {
    try {
      return await ask({ id, failure, fence }, () => undefined, signal);
    } catch (error) {
      if (!(error instanceof WorkerDied)) throw error;
      return { state: "failed", reason: failure };
    }
  };
  return {
    jobs,
    async run(cell, fence, onProgress, signal) {
      try {
        return await ask({ id: cell.id, fence }, onProgress, signal);
      } catch (error) {
        if (!(error instanceof WorkerDied)) throw error;
        return giveUp(cell, `every worker that ran it died: ${error.message}`, fence, signal);
      }
    },
    giveUp,
    close: () => pool.close(),
  };
}
