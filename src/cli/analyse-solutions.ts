import type { Command } from "commander";
import { duration } from "../core/duration.js";
import { EXIT } from "../core/errors.js";
import { interruption } from "../core/interruption.js";
import type { Engine } from "../engine/engine.js";
import type { SolutionKind } from "../studies/shared/context.js";
import type { AnalysisRecord } from "../records/analysis.js";
import type { SolutionRow } from "../studies/shared/solution-rows.js";
import type { GlobalFlags } from "./globals.js";
import { integer } from "./numbers.js";
import { columns, notice, print, printJson } from "./print.js";
import { aboveProgress, progressReporter } from "./progress.js";

interface Flags extends GlobalFlags {
  readonly method?: string;
  readonly holdout?: string;
  readonly trial?: number;
  readonly points?: number;
}

/** The options that choose trials. */
export const addSubjectOptions = (command: Command): Command =>
  command
    .option("--method <id>", "only this method")
    .option("--holdout <domain>", "only on this hold-out")
    .option("--trial <n>", "only this trial, from 0", integer);

/** Analyses the trained models of an experiment and prints a table: what sharpness, landscape and rank share. */
export async function analyseSolutions(command: Command, kind: SolutionKind): Promise<void> {
  const flags = command.optsWithGlobals<Flags>();
  const { loadConfig } = await import("../config/load.js");
  const points = flags.points === undefined ? [] : [`analysis.landscape.points=${flags.points}`];
  const config = loadConfig({ ...flags, set: [...flags.set, ...points] });
  const { openRunStore } = await import("../records/store.js");
  const { openAnalysisStore } = await import("../records/analysis-store.js");
  const { countStates, planOf, subjectsOf } = await import("../studies/shared/subjects.js");
  const runs = openRunStore(flags.results, config.experimentFolder);
  const plan = planOf(runs, config);
  const { chosen, left } = subjectsOf(plan, config, runs, flags);
  if (left.length > 0 && !flags.quiet) notice(`left out: ${countStates(left)}`);

  const { analyse } = await import("../studies/shared/analyse.js");
  const openEngine = async (): Promise<Engine> => {
    const { openEngine: open } = await import("../engine/open.js");
    const { engine, rejected } = await open(flags.engine, { threads: flags.threads });
    const why = rejected.map(({ name, reason }) => ` (${name}: ${reason})`).join("");
    if (!flags.quiet) notice(`engine ${engine.details.name}, ${engine.details.threads} threads${why}`);
    return engine;
  };
  const analyses = openAnalysisStore(runs.folder);
  const ground = { config, plan, runs, analyses, dataFolder: flags.data, openEngine };
  const onFinished = (record: AnalysisRecord): void => {
    if (!flags.quiet) aboveProgress(line(record));
  };
  const stop = interruption("stopping; what is finished stays");
  const { signal } = stop;
  const outcome = await analyse(kind, chosen, ground, progressReporter(flags.quiet), signal, onFinished).finally(() =>
    stop.release(),
  );

  const { solutionRows } = await import("../studies/shared/solution-rows.js");
  const { records, made, alreadyMade } = outcome;
  const failed = outcome.failed.map(({ id, subject: { cell }, reason }) => ({ id, run: cell.id, reason }));
  const summary = solutionRows(records, plan);
  if (flags.json) printJson({ experiment: plan.experiment, kind, made, alreadyMade, failed, left, summary, records });
  else print(table(summary));
  for (const { run, reason } of failed) notice(`failed: ${kind} of run ${run}: ${reason}`);
  if (!flags.quiet) notice(`${made} analyses made, ${alreadyMade} were made before, ${failed.length} failed`);
  process.exitCode = failed.length > 0 ? EXIT.runFailed : EXIT.ok;
}

/** What an analysis came to, in a line. */
function line(record: AnalysisRecord): string {
  if (record.kind !== "sharpness" && record.kind !== "landscape" && record.kind !== "rank") return "";
  const { method, dataset, trial, wallMilliseconds } = record;
  return `${dataset} ${method} trial ${trial}: ${numbersOf(record)} in ${took(wallMilliseconds)}`;
}

function numbersOf(record: Extract<AnalysisRecord, { kind: SolutionKind }>): string {
  switch (record.kind) {
    case "sharpness": {
      const { eigenvalues, residual, products, converged } = record;
      const found = converged ? "" : ", not converged";
      return `eigenvalues ${eigenvalues.map(short).join(", ")}, residual ${short(residual)} after ${products} products${found}`;
    }
    case "landscape":
      return `loss ${short(record.loss)}, rise ${short(record.rise)}`;
    case "rank":
      return `score ${short(record.score)}, entropy ${short(record.entropy)} on ${record.split}`;
  }
}

function table(rows: readonly SolutionRow[]): string {
  const names = Object.keys(rows[0]?.values ?? {});
  const splits = rows.some(({ split }) => split !== undefined);
  const headings = ["dataset", ...(splits ? ["split"] : []), "method", "trials", ...names];
  const lines = rows.map(({ dataset, split, title, trials, values }) => [
    dataset,
    ...(split === undefined ? [] : [split]),
    title,
    String(trials),
    ...names.map((name) => {
      const { mean, std } = values[name]!;
      return std === undefined ? short(mean) : `${short(mean)} ± ${short(std)}`;
    }),
  ]);
  return columns(headings, lines);
}

const took = (milliseconds: number): string =>
  milliseconds < 2000 ? `${Math.round(milliseconds)} ms` : duration(milliseconds / 1000);

/** Four digits. */
const short = (value: number): string => String(Number(value.toPrecision(4)));
