import type { Command } from "commander";
import { EXIT } from "../core/errors.js";
import { interruption } from "../core/interruption.js";
import type { ResolvedConfig } from "../config/load.js";
import type { CellExecutor } from "../runs/local/execute.js";
import type { Outcome } from "../runs/ledger.js";
import type { Cell, Plan } from "../records/plan.js";
import type { RunRecord } from "../records/record.js";
import type { RunStore } from "../records/store.js";
import type { GlobalFlags } from "./globals.js";
import { notice, print, printJson } from "./print.js";
import { noticeEarlierLearned } from "./earlier-learned.js";
import { checkRunFlags, type RunFlags } from "./run-options.js";
import { runOnSlurm } from "./run-on-slurm.js";
import { noticeMissing } from "./skip-missing.js";
import { noticeSmallSets } from "./small-sets.js";
import { withPretrained } from "./pretrained.js";
import { aboveProgress, progressReporter } from "./progress.js";
import { sensitivityTable, traceLine, winnersTable } from "./winners.js";
import { workerCommand, type Opened } from "./worker.js";

interface Flags extends GlobalFlags, RunFlags {
  readonly holdout?: string;
  readonly method?: string;
  readonly pretrained?: string;
  readonly strategy?: string;
  readonly extendGrid?: true;
  readonly budget?: string;
}

/** Which part of an experiment a command runs; all of it where nothing is said. */
export interface Stages {
  readonly phases?: readonly ("meta-train" | "tune" | "trial")[];
  /** What is printed at the end: the experiment's tables (default), or what tuning came to. */
  readonly summary?: "tables" | "tuning";
  /** Without --config, take the shipped config that holds the domain out. */
  readonly findConfig?: boolean;
}

/** Runs the stages of an experiment and prints its tables: what run, meta-train and meta-test share. */
export async function runStages(command: Command, { phases, findConfig, summary = "tables" }: Stages): Promise<void> {
  const flags = withTuningFlags(withPretrained(command.optsWithGlobals<Flags>()));
  checkRunFlags(flags);
  const { loadConfig } = await import("../config/load.js");
  const { findConfigFor } = await import("../config/find-config.js");
  const { holdoutOf } = await import("../config/suite.js");
  const file = flags.config ?? (findConfig === true ? findConfigFor(flags.holdout!) : undefined);
  const config = loadConfig({ ...flags, config: file });
  const holdout = flags.holdout === undefined ? undefined : holdoutOf(config, flags.holdout);

  const { openRunStore } = await import("../records/store.js");
  const { makePlan, selectCells } = await import("../runs/plan/make-plan.js");
  const store = openRunStore(flags.results, config.experimentFolder);
  store.checkWritable();
  const plan = makePlan(config, flags.data, flags.skipMissing);
  noticeMissing(plan, flags.quiet);
  await noticeEarlierLearned(config, flags.quiet);
  noticeSmallSets(plan, flags.quiet);
  const cells = selectCells(plan, { phases, holdout, method: flags.method });
  store.writePlan(plan);

  const { allTriedPoints, FORMATS, triedPoints, writeLatestTables } = await import("../reporting/index.js");
  const recordOf = (id: string): RunRecord | undefined => (store.has(id) ? store.read(id) : undefined);
  const told = new Set<string>();
  const trace = ({ phase, id, method, holdout }: Cell): void => {
    if (phase !== "tune") return;
    const tried = triedPoints(plan, method, holdout!, recordOf);
    const point = tried.find(({ runs }) => runs.some((run) => run.id === id));
    // Runs of other seeds may have ended since, and have told of it.
    if (point === undefined || point.runs.length < point.planned || told.has(point.runs[0]!.id)) return;
    told.add(point.runs[0]!.id);
    aboveProgress(traceLine(point, Math.max(...tried.map(({ accuracy }) => accuracy))));
  };
  const onFinished = summary === "tuning" && !flags.quiet ? trace : undefined;
  const outcome =
    flags.executor === "slurm"
      ? await runOnSlurm(command, config, cells, store, onFinished)
      : await runCells(flags, config, plan, cells, store, onFinished);
  if (outcome === undefined) return;

  const { tables, files } = writeLatestTables(flags.results, plan.experiment);
  if (summary === "tuning") {
    const { tuned } = await import("../runs/search/tuned.js");
    const { sensitivities } = await import("../runs/search/sensitivities.js");
    const winners = tuned(plan, config, store);
    const sensitivity = sensitivities(plan, config, store);
    if (flags.json) {
      const trace = allTriedPoints(plan, recordOf).map(({ runs, ...one }) => ({
        ...one,
        runs: runs.map(({ id }) => id),
      }));
      printJson({ experiment: plan.experiment, outcome, winners, sensitivity, trace, files });
    } else print(`${winnersTable(winners)}\n\n${sensitivityTable(sensitivity)}`);
  } else if (flags.json) printJson({ experiment: plan.experiment, outcome, files });
  else print([FORMATS.text(tables), `written: ${files.join(", ")}`].join("\n"));
  for (const { id, reason } of outcome.failed) notice(`failed: run ${id}: ${reason}`);
  if (!flags.quiet) {
    const { done, alreadyDone, diverged, skipped, failed, left } = outcome;
    const without = skipped > 0 ? `, ${skipped} skipped, their search had used up its minutes` : "";
    const others = left === undefined ? "" : `, ${left} left to other processes`;
    notice(
      `${done - skipped} runs done (${diverged} diverged), ${alreadyDone} were done before, ${failed.length} failed${without}${others}`,
    );
  }
  process.exitCode = outcome.failed.length > 0 ? EXIT.runFailed : EXIT.ok;
}

/** Flags that stand for keys of the config, as `--set`, which workers are given too. */
function withTuningFlags(flags: Flags): Flags {
  const { strategy, budget, extendGrid } = flags;
  const sets = Object.entries({ strategy, budget, extendGrid }).flatMap(([key, value]) =>
    value === undefined ? [] : [`tuning.${key}=${value}`],
  );
  return { ...flags, set: [...flags.set, ...sets] };
}

/** Runs the cells, in this process or in a pool of workers; Ctrl-C stops it cleanly from here on. */
async function runCells(
  flags: Flags,
  config: ResolvedConfig,
  plan: Plan,
  cells: readonly Cell[],
  store: RunStore,
  onFinished: ((cell: Cell) => void) | undefined,
): Promise<Outcome> {
  const { processorShare } = await import("../engine/share.js");
  const { execute } = await import("../runs/local/execute.js");
  const share = processorShare(flags.engine, flags);
  const onEngine = ({ engine, rejected }: Opened): void => {
    if (flags.quiet) return;
    const why = rejected.map(({ name, reason }) => ` (${name}: ${reason})`).join("");
    const times = share.jobs > 1 ? `, ${share.jobs} runs at a time` : "";
    notice(`engine ${engine.name}, ${engine.threads} threads${times}${why}`);
  };
  const { openLeases } = await import("../records/leases.js");
  const { thisProcess } = await import("../records/holder.js");
  const leases = openLeases(store.folder, thisProcess(share.jobs));
  const stop = interruption();
  let executor: CellExecutor | undefined;
  try {
    if (share.jobs > 1) {
      const { openPool } = await import("../runs/local/pool.js");
      const { inPool } = await import("../runs/local/in-pool.js");
      const pool = openPool(workerCommand(flags, config, share), (about) => onEngine(about as Opened));
      executor = inPool(pool, share.jobs);
    } else {
      const { openEngine } = await import("../engine/open.js");
      const { inThisProcess } = await import("../runs/local/in-process.js");
      const { engine, rejected } = await openEngine(flags.engine, share);
      onEngine({ engine: engine.details, rejected });
      executor = inThisProcess(plan, config, store, engine, flags.data);
    }
    const progress = progressReporter(flags.quiet);
    const { skipFailed, idleMinutes } = flags;
    const ground = { config, dataFolder: flags.data, store, leases, skipFailed, idleMinutes };
    return await execute(cells, ground, executor, progress, stop.signal, onFinished);
  } finally {
    leases.close();
    executor?.close();
    stop.release();
  }
}
