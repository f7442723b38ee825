import { WorkerDied, type Pool } from "../executors/pool.js";
import type { CellExecutor, CellResult } from "./execute.js";

/** Runs cells in worker processes, several at a time. A cell whose worker died twice has failed.
 *  @param jobs cells at the same time. */
export function inPool(pool: Pool, jobs: number): CellExecutor {
  return {
    jobs,
    async run({ id }, onProgress, signal) {
      try {
        return (await pool.run(id, onProgress, signal)) as CellResult;
      } catch (error) {
        if (!(error instanceof WorkerDied)) throw error;
        return { state: "failed", reason: error.message };
      }
    },
    close: () => pool.close(),
  };
}
