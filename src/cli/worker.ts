// metamd worker: runs cells for the pool of another metamd process; not for people.
import { Command } from "commander";
import type { ResolvedConfig } from "../config/load.js";
import { memoryOfMachine } from "../core/memory.js";
import type { EngineDetails } from "../engine/engine.js";
import type { Share } from "../engine/share.js";
import type { Choice } from "../engine/open.js";
import type { WorkerCommand } from "../runs/local/pool.js";
import type { CellTask } from "../runs/local/in-pool.js";
import type { GlobalFlags } from "./globals.js";

/** What a worker says of the engine that it opened. */
export interface Opened {
  readonly engine: EngineDetails;
  readonly rejected: Choice["rejected"];
}

export function worker(): Command {
  return new Command("worker").action(async (_own: unknown, command: Command) => {
    const flags = command.optsWithGlobals<GlobalFlags>();
    const { serve } = await import("../runs/local/serve.js");
    await serve(async () => {
      const { loadConfig } = await import("../config/load.js");
      const { openRunStore } = await import("../records/store.js");
      const { openEngine } = await import("../engine/open.js");
      const { inThisProcess } = await import("../runs/local/in-process.js");
      const config = loadConfig(flags);
      const store = openRunStore(flags.results, config.experimentFolder);
      const plan = store.plan()!;
      const { engine, rejected } = await openEngine(flags.engine, flags);
      const executor = inThisProcess(plan, config, store, engine, flags.data);
      const cells = new Map(plan.cells.map((cell) => [cell.id, cell]));
      return {
        about: { engine: engine.details, rejected } satisfies Opened,
        run(task, onProgress, signal) {
          const { id, failure, fence } = JSON.parse(task) as CellTask;
          const cell = cells.get(id)!;
          return failure === undefined
            ? executor.run(cell, fence, onProgress, signal)
            : executor.giveUp(cell, failure, fence, signal);
        },
      };
    });
  });
}

/** Of the machine's memory, what all workers together may hold. */
const MEMORY_SHARE = 0.9;

/** The command line of a worker for the runs of this one. */
export function workerCommand(
  flags: GlobalFlags & { readonly memory?: number },
  { file }: ResolvedConfig,
  { jobs, threads }: Share,
): WorkerCommand {
  const { set, results, data, engine, preset, seed, memory } = flags;
  return {
    program: process.argv[1]!,
    args: [
      "worker",
      ...["--config", file, "--results", results, "--data", data, "--engine", engine, "--threads", String(threads)],
      ...(preset === undefined ? [] : ["--preset", preset]),
      ...(seed === undefined ? [] : [`--seed=${seed}`]),
      ...set.flatMap((value) => ["--set", value]),
    ],
    memoryBytes: memory === undefined ? (MEMORY_SHARE * memoryOfMachine()) / jobs : memory * 1e9,
  };
}
