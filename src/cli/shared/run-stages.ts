import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { EXIT } from "../../core/errors.js";
import { interruption } from "../../core/interruption.js";
import { counted } from "../../core/wording.js";
import type { ResolvedConfig } from "../../config/load.js";
import type { WrittenTables } from "../../reporting/index.js";
import type { OpenedEngine, Outcome, RunOptions, SlurmJobs } from "../../runs/index.js";
import type { GlobalFlags } from "./globals.js";
import { notice, print, printJson, terminalWidth, writtenFiles } from "./print.js";
import type { RunFlags } from "./run-options.js";
import { howToGoOn, jobsNotice, slurmOptions } from "./slurm-options.js";
import type { Plan } from "../../records/plan.js";

type Flags = GlobalFlags & RunFlags;

/** Runs stages of an experiment as the flags say, writes its tables, and prints what came of it.
 *  @param call runs them. @param show prints the results (default: the tables). */
export async function runStages<Came extends Outcome>(
  command: Command,
  config: ResolvedConfig,
  call: (options: RunOptions) => Promise<Came>,
  show: (came: Came, written: WrittenTables) => void | Promise<void> = (outcome, written) =>
    showTables(config, outcome, written, command.optsWithGlobals<Flags>()),
): Promise<void> {
  const { experimentFolder: experiment } = config;
  const flags = command.optsWithGlobals<Flags>();
  const slurm = flags.executor === "slurm" ? await slurmOptions(command) : undefined;
  let jobs: SlurmJobs | undefined;
  const onJobs = (found: SlurmJobs): void => jobsNotice((jobs = found), flags.quiet);
  const { progressReporter } = await import("./progress.js");
  const stop = interruption(slurm && "no longer following, the jobs go on");
  const progress = progressReporter(flags.quiet);
  const options = { ...optionsOf(flags), slurm, progress, signal: stop.signal, onJobs };
  const came = await call(options).finally(() => {
    if (slurm !== undefined && stop.signal.aborted) howToGoOn(experiment, flags);
    stop.release();
  });
  if (flags.dryRun === true) return showScript(jobs!, flags);
  if (flags.detach === true) return showDetached(experiment, jobs!, flags);
  const { divergedLines, failedLines, writeLatestTables } = await import("../../reporting/index.js");
  const { showsOf } = await import("../../studies/index.js");
  const written = writeLatestTables(flags.results, experiment, await showsOf());
  await show(came, written);
  const say = (lines: readonly string[]): void => lines.forEach(notice);
  if (!flags.quiet) say(divergedLines(written.experiment));
  say(failedLines(written.experiment, came.failed));
  if (!flags.quiet)
    say([...nextSteps(command.name(), written.experiment.plan, came.failed.length, flags), summaryOf(came)]);
  process.exitCode = came.failed.length > 0 ? EXIT.runFailed : EXIT.ok;
}

function optionsOf(flags: Flags): Omit<RunOptions, "progress"> {
  const { results, data, skipMissing, engine, jobs, threads, gpus, runsPerGpu, holdout, method, memory } = flags;
  const { skipFailed, idleMinutes, submission } = flags;
  return {
    results,
    data,
    skipMissing,
    engine,
    jobs,
    threads,
    gpus,
    runsPerGpu,
    holdout,
    method,
    memoryBytes: memory === undefined ? undefined : memory * 1e9,
    skipFailed,
    idleMinutes,
    submission,
    onNotice: flags.quiet ? undefined : notice,
    onEngine: flags.quiet ? undefined : engineNotice,
  };
}

function engineNotice({ engine, rejected, unusedGpu, jobs }: OpenedEngine): void {
  const why = rejected.map(({ name, reason }) => ` (${name}: ${reason})`).join("");
  const where = engine.gpu ? `, on ${engine.device?.name ?? "a GPU"}` : "";
  const times = jobs > 1 ? `, ${jobs} runs at a time` : "";
  notice(`engine ${engine.name}, ${counted(engine.threads, "thread")}${where}${times}${why}`);
  if (unusedGpu !== undefined) notice(unusedGpu);
}

/** The tables of what the command was asked for. */
async function showTables(
  config: ResolvedConfig,
  outcome: Outcome,
  { experiment, files }: WrittenTables,
  { json, holdout, method }: Flags,
): Promise<void> {
  const { allResultsJson, FORMATS, resultTables } = await import("../../reporting/index.js");
  const { holdoutOf } = await import("../../config/suite.js");
  const part = { method, holdout: holdout === undefined ? undefined : holdoutOf(config, holdout) };
  if (json)
    return printJson({
      experiment: config.experimentFolder,
      outcome,
      results: allResultsJson(experiment, part),
      files,
    });
  const { tables, without } = resultTables(experiment, part);
  const parts = [...(tables.length > 0 ? [FORMATS.text(tables, terminalWidth())] : []), ...without];
  print([...parts, writtenFiles(files)].join("\n"));
}

function showDetached(experiment: string, { left, submissions }: SlurmJobs, flags: Flags): void {
  if (flags.json) printJson({ experiment, left, submissions });
  else if (left === 0) notice("nothing is left to run");
  else howToGoOn(experiment, flags);
}

function showScript({ left, script }: SlurmJobs, { json }: Flags): void {
  if (json) printJson({ left, script: script ?? null });
  else if (script === undefined) notice("nothing is left to run");
  else print(readFileSync(script, "utf8").trimEnd());
}

function summaryOf({ done, alreadyDone, diverged, skipped, failed, left }: Outcome): string {
  const without = skipped > 0 ? `, ${skipped} skipped, their search had used up its minutes` : "";
  const others = left === undefined ? "" : `, ${left} left to other processes`;
  const counts = `${done - skipped} runs done (${diverged} diverged), ${alreadyDone} were done before`;
  return `${counts}, ${failed.length} failed${without}${others}`;
}

/** What to do after the runs of a command, a line each. @param command like "run". */
function nextSteps(command: string, plan: Plan, failed: number, { results }: GlobalFlags): string[] {
  if (failed > 0) return ["next: fix the cause, then the same command tries what failed again"];
  if (command === "meta-train" || command === "tune")
    return ["next: metamd run with the same --config and --preset does the rest"];
  const where = results === "results" ? "" : ` --results ${quoted(results)}`;
  const { experiment } = plan.config;
  return [
    "next:",
    `  metamd report${where}  (all of it on one page)`,
    `  metamd figure all${where}`,
    ...(typeof experiment === "string"
      ? [`  metamd claims ${experiment}${where}  (the paper's claims beside it)`]
      : []),
  ];
}

/** A path as a word of a command line. */
const quoted = (path: string): string => (/^[\w./~-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);
