// A worker process: runs cells for the pool of another process, on an engine of its own.
import { openEngine } from "../../engine/open.js";
import { openRunStore } from "../../records/store.js";
import { inThisProcess } from "./in-process.js";
import type { CellTask, WorkerEngine, WorkerSetup } from "./in-workers.js";
import { serve } from "./serve.js";

await serve(async (setup) => {
  const { config, results, dataFolder, engine: choice, threads } = setup as WorkerSetup;
  const store = openRunStore(results, config.experimentFolder);
  const plan = store.plan()!;
  const { engine, rejected } = await openEngine(choice, { threads });
  const executor = inThisProcess(plan, config, store, engine, dataFolder);
  const cells = new Map(plan.cells.map((cell) => [cell.id, cell]));
  return {
    about: { engine: engine.details, rejected } satisfies WorkerEngine,
    run(task, onProgress, signal) {
      const { id, failure, fence } = task as CellTask;
      const cell = cells.get(id)!;
      return failure === undefined
        ? executor.run(cell, fence, onProgress, signal)
        : executor.giveUp(cell, failure, fence, signal);
    },
  };
});
