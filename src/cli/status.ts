// metamd status: how far experiments are, who runs what, and what went wrong.
import { Command } from "commander";
import { columns } from "../core/columns.js";
import { duration } from "../core/wording.js";
import { timestamp } from "../core/clock.js";
import type { NotableRun, State, Status } from "../records/status.js";
import type { ExperimentStatus, Task } from "../runs/index.js";
import { chosenExperiments } from "./shared/experiments.js";
import type { GlobalFlags } from "./shared/globals.js";
import { notice, print, printJson, terminalWidth } from "./shared/print.js";

/** Runs of one state that are listed without --verbose. */
const LISTED = 20;

export function status(): Command {
  return new Command("status")
    .description("progress of experiments: runs done, running and where, waiting, failed, diverged, stale")
    .argument("[experiment]", "a folder of the results (default: that of --config, else all)")
    .addHelpText("after", "\nStale: the process that had the run died; the next one that looks takes it over.")
    .addHelpText("after", "\nExample: metamd status rotated-mnist-desk")
    .action(async (name: string | undefined, _own: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags>();
      const runs = await import("../runs/index.js");
      const all: ExperimentStatus[] = [];
      for (const folder of await chosenExperiments(name, flags)) all.push(await runs.status(folder, notice));
      if (flags.json) return printJson(all.map(jsonOf));
      if (name === undefined && flags.config === undefined) return print(overview(all));
      for (const one of all) print(details(one, flags.verbose));
    });
}

const COUNTED = ["done", "diverged", "running", "waiting", "stale", "failed"] as const;

/** The numbers of one row. */
const counted = (counts: Status["total"], shown: readonly State[]): string[] =>
  [counts.runs, ...shown.map((state) => counts[state])].map(String);

const shownOf = (all: readonly Status[]): State[] => [
  ...COUNTED,
  ...(["skipped", "damaged"] as const).filter((state) => all.some(({ total }) => total[state] > 0)),
];

function overview(all: readonly ExperimentStatus[]): string {
  const shown = shownOf(all);
  const withTasks = all.some(({ slurm }) => slurm !== undefined);
  const notes = new Set(all.flatMap(({ note }) => note ?? []));
  const rows = all.map(({ experiment, numerics, total, slurm }) => [
    ...[experiment, ...counted(total, shown)],
    ...(notes.size > 0 ? [String(numerics)] : []),
    ...(withTasks ? [slurm === undefined ? "" : tally(slurm.queued)] : []),
  ]);
  const more = [...(notes.size > 0 ? ["numerics"] : []), ...(withTasks ? ["Slurm tasks"] : [])];
  return [columns(["experiment", "runs", ...shown, ...more], rows, terminalWidth()), ...notes].join("\n");
}

function details(one: ExperimentStatus, whole: boolean): string {
  const shown = shownOf([one]);
  const rows = [
    ...one.phases.map(({ phase, counts }) => [phase, ...counted(counts, shown)]),
    ["all", ...counted(one.total, shown)],
  ];
  const parts = [columns([one.experiment, "runs", ...shown], rows, terminalWidth())];
  for (const state of ["running", "stale", "failed", "diverged", "damaged"] as const) {
    const runs = one.runs.filter((run) => run.state === state);
    const listed = whole ? runs : runs.slice(0, LISTED);
    if (runs.length === 0) continue;
    const more = runs.length > listed.length ? `\nand ${runs.length - listed.length} more: --verbose shows all` : "";
    const headings = [state, "phase", "method", "holdout", ...whose(state)];
    parts.push(columns(headings, listed.map(line), terminalWidth()) + more);
  }
  if (one.slurm !== undefined) {
    const tasks = [...one.slurm.queued, ...one.slurm.ended].map(({ id, state, elapsed, detail }) => [
      ...[id, state, elapsed, detail],
    ]);
    parts.push(
      tasks.length === 0
        ? "no Slurm task in the queue"
        : columns(["Slurm task", "state", "time", "where"], tasks, terminalWidth()),
    );
  }
  if (one.notAsked !== undefined && one.notAsked > 0)
    parts.push(`${one.notAsked} more runs of the plan were not asked for: metamd run does them`);
  if (one.note !== undefined) parts.push(one.note);
  return parts.join("\n\n");
}

function whose(state: State): string[] {
  if (state === "running" || state === "stale") return ["for", "process"];
  return state === "diverged" ? [] : ["reason"];
}

function line({ id, phase, method, holdout = "", holder, age, reason }: NotableRun): string[] {
  const who = holder === undefined ? [] : [duration(Math.max(0, age!) / 1000), processName(holder)];
  return [id, phase, method, holdout, ...who, ...(reason === undefined ? [] : [reason.split("\n")[0]!])];
}

/** "Slurm task 17_3 (process 40 on node-1)". */
function processName({ pid, host, job }: NonNullable<NotableRun["holder"]>): string {
  return job === undefined ? `process ${pid} on ${host}` : `Slurm task ${job} (process ${pid} on ${host})`;
}

/** "2 RUNNING, 1 PENDING". */
function tally(tasks: readonly Task[]): string {
  const states = [...new Set(tasks.map(({ state }) => state))];
  return states.map((state) => `${tasks.filter((task) => task.state === state).length} ${state}`).join(", ") || "none";
}

/** For machines: times as ISO dates. */
const jsonOf = ({ runs, ...rest }: ExperimentStatus): object => ({
  ...rest,
  runs: runs.map((run) => ({
    ...run,
    age: undefined,
    ...(run.since !== undefined && { since: timestamp(run.since) }),
  })),
});
