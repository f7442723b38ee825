// A worker process: runs cells for the pool of another process, on an engine of its own.
import { openForRuns } from "../../engine/open.js";
import { EXIT, UserError } from "../../core/errors.js";
import { openRunStore } from "../../records/store.js";
import { inThisProcess } from "./in-process.js";
import type { CellTask, WorkerEngine, WorkerSetup } from "./in-workers.js";
import { installPlugins } from "../../plugins/index.js";
import { makePlan } from "../plan/make-plan.js";
import { serve } from "./serve.js";

await serve(async (setup) => {
  const { config, results, dataFolder, skipMissing, engine: choice, threads, hasGpu, askedWith } = setup as WorkerSetup;
  await installPlugins(config.pluginFiles);
  const store = openRunStore(results, config.experimentFolder);
  // Made of what this process has read itself: a run whose id does not follow from that is none of its own.
  const plan = makePlan(config, dataFolder, skipMissing);
  const using = { threads, ...config.engine };
  const { engine, ...others } = await openForRuns(choice, using, { hasGpu, askedWith });
  const executor = inThisProcess(plan, config, store, engine, dataFolder);
  const cells = new Map(plan.cells.map((cell) => [cell.id, cell]));
  return {
    about: { engine: engine.details, ...others } satisfies WorkerEngine,
    run(task, onProgress, signal, onComputed) {
      const { id, failure, fence } = task as CellTask;
      const cell = cells.get(id);
      if (cell === undefined) throw changed(id);
      return failure === undefined
        ? executor.run(cell, fence, onProgress, signal, onComputed)
        : executor.giveUp(cell, failure, fence, signal);
    },
  };
});

const changed = (id: string): UserError =>
  new UserError(EXIT.data, {
    where: `run ${id}`,
    given: "its data, initial weights or learned files have changed since the command was started",
    accepted: "the files that it was planned with",
    hint: "bring them back and run the same command again, or choose another --results folder for the new ones",
  });
