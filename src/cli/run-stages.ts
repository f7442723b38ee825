import type { Command } from "commander";
import { EXIT } from "../core/errors.js";
import { interruption } from "../core/interruption.js";
import type { ResolvedConfig } from "../config/load.js";
import type { WrittenTables } from "../reporting/index.js";
import type { OpenedEngine, Outcome, RunOptions, SlurmJobs } from "../runs/index.js";
import type { GlobalFlags } from "./globals.js";
import { notice, print, printJson, terminalWidth } from "./print.js";
import { progressReporter } from "./progress.js";
import type { RunFlags } from "./run-options.js";
import { howToGoOn, jobsNotice, slurmOptions } from "./slurm-options.js";

type Flags = GlobalFlags & RunFlags;

/** Runs stages of an experiment as the flags say, writes its tables, and prints what came of it.
 *  @param call runs them. @param show prints the results (default: the tables). */
export async function runStages<Came extends Outcome>(
  command: Command,
  { experimentFolder: experiment }: ResolvedConfig,
  call: (options: RunOptions) => Promise<Came>,
  show: (came: Came, written: WrittenTables) => void | Promise<void> = (outcome, written) =>
    showTables(experiment, outcome, written, command.optsWithGlobals<Flags>().json),
): Promise<void> {
  const flags = command.optsWithGlobals<Flags>();
  const slurm = flags.executor === "slurm" ? await slurmOptions(command) : undefined;
  let jobs: SlurmJobs | undefined;
  const onJobs = (found: SlurmJobs): void => jobsNotice((jobs = found), flags.quiet);
  const stop = interruption(slurm && "no longer following, the jobs go on");
  const options = { ...optionsOf(flags), slurm, signal: stop.signal, onJobs };
  const came = await call(options).finally(() => {
    if (slurm !== undefined && stop.signal.aborted) howToGoOn(experiment, flags);
    stop.release();
  });
  if (flags.detach === true) return showDetached(experiment, jobs!, flags);
  const { writeLatestTables } = await import("../reporting/index.js");
  const { showsOf } = await import("../studies/index.js");
  await show(came, writeLatestTables(flags.results, experiment, await showsOf()));
  for (const { id, reason } of came.failed) notice(`failed: run ${id}: ${reason}`);
  if (!flags.quiet) notice(summaryOf(came));
  process.exitCode = came.failed.length > 0 ? EXIT.runFailed : EXIT.ok;
}

function optionsOf(flags: Flags): RunOptions {
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
    progress: progressReporter(flags.quiet),
    onNotice: flags.quiet ? undefined : notice,
    onEngine: flags.quiet ? undefined : engineNotice,
  };
}

function engineNotice({ engine, rejected, jobs }: OpenedEngine): void {
  const why = rejected.map(({ name, reason }) => ` (${name}: ${reason})`).join("");
  const times = jobs > 1 ? `, ${jobs} runs at a time` : "";
  notice(`engine ${engine.name}, ${engine.threads} threads${times}${why}`);
}

async function showTables(experiment: string, outcome: Outcome, written: WrittenTables, json: boolean): Promise<void> {
  const { tables, files } = written;
  if (json) return printJson({ experiment, outcome, files });
  const { FORMATS } = await import("../reporting/index.js");
  print([FORMATS.text(tables, terminalWidth()), `written: ${files.join(", ")}`].join("\n"));
}

function showDetached(experiment: string, { left, submissions }: SlurmJobs, flags: Flags): void {
  if (flags.json) printJson({ experiment, left, submissions });
  else if (left === 0) notice("nothing is left to run");
  else howToGoOn(experiment, flags);
}

function summaryOf({ done, alreadyDone, diverged, skipped, failed, left }: Outcome): string {
  const without = skipped > 0 ? `, ${skipped} skipped, their search had used up its minutes` : "";
  const others = left === undefined ? "" : `, ${left} left to other processes`;
  const counts = `${done - skipped} runs done (${diverged} diverged), ${alreadyDone} were done before`;
  return `${counts}, ${failed.length} failed${without}${others}`;
}
