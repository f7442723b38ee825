import type { Command } from "commander";
import { EXIT } from "../core/errors.js";
import { interruption } from "../core/interruption.js";
import type { ResolvedConfig } from "../config/load.js";
import type { Outcome } from "../experiments/execute.js";
import type { Cell, Plan } from "../records/plan.js";
import type { RunStore } from "../records/store.js";
import type { GlobalFlags } from "./globals.js";
import { notice, print, printJson } from "./print.js";
import { progressReporter } from "./progress.js";

interface Flags extends GlobalFlags {
  readonly holdout?: string;
  readonly method?: string;
}

/** Which part of an experiment a command runs; all of it where nothing is said. */
export interface Stages {
  readonly phases?: readonly ("meta-train" | "tune" | "trial")[];
  /** Without --config, take the shipped config that holds the domain out. */
  readonly findConfig?: boolean;
}

/** Runs the stages of an experiment and prints its tables: what run, meta-train and meta-test share. */
export async function runStages(command: Command, { phases, findConfig }: Stages): Promise<void> {
  const flags = command.optsWithGlobals<Flags>();
  const { loadConfig } = await import("../config/load.js");
  const { findConfigFor } = await import("../config/find-config.js");
  const { holdoutOf } = await import("../config/suite.js");
  const file = flags.config ?? (findConfig === true ? findConfigFor(flags.holdout!) : undefined);
  const config = loadConfig({ ...flags, config: file });
  const holdout = flags.holdout === undefined ? undefined : holdoutOf(config, flags.holdout);

  const { openRunStore } = await import("../records/store.js");
  const { makePlan, selectCells } = await import("../experiments/plan.js");
  const store = openRunStore(flags.results, config.experimentFolder);
  store.checkWritable();
  const plan = makePlan(config, flags.data);
  const cells = selectCells(plan, { phases, holdout, method: flags.method });
  store.writePlan(plan);

  const outcome = await runCells(flags, config, plan, cells, store);

  const { readExperiment } = await import("../reporting/experiment.js");
  const { renderTable } = await import("../reporting/render.js");
  const { writeTables } = await import("../reporting/write-tables.js");
  const { tables, files } = writeTables(readExperiment(flags.results, plan.experiment));
  if (flags.json) printJson({ experiment: plan.experiment, outcome, files });
  else print([...tables.map((table) => renderTable(table, "text")), `written: ${files.join(", ")}`].join("\n"));
  for (const { id, reason } of outcome.failed) notice(`failed: run ${id}: ${reason}`);
  if (!flags.quiet) {
    const { done, alreadyDone, diverged, failed } = outcome;
    notice(`${done} runs done (${diverged} diverged), ${alreadyDone} were done before, ${failed.length} failed`);
  }
  process.exitCode = outcome.failed.length > 0 ? EXIT.runFailed : EXIT.ok;
}

/** Opens the engine and runs the cells; Ctrl-C stops it cleanly from here on. */
async function runCells(
  flags: Flags,
  config: ResolvedConfig,
  plan: Plan,
  cells: readonly Cell[],
  store: RunStore,
): Promise<Outcome> {
  const stop = interruption();
  try {
    const { openEngine } = await import("../engine/open.js");
    const { engine, rejected } = await openEngine(flags.engine, { threads: flags.threads });
    if (!flags.quiet) {
      const why = rejected.map(({ name, reason }) => ` (${name}: ${reason})`).join("");
      notice(`engine ${engine.details.name}, ${engine.details.threads} threads${why}`);
    }
    const { execute } = await import("../experiments/execute.js");
    const progress = progressReporter(flags.quiet);
    return await execute(plan, cells, config, store, { engine, dataFolder: flags.data, signal: stop.signal, progress });
  } finally {
    stop.release();
  }
}
