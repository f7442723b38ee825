import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { milliseconds } from "../../core/clock.js";
import { EXIT, Interrupted, UserError } from "../../core/errors.js";
import type { ProgressReporter } from "../../core/progress.js";
import type { ResolvedConfig } from "../../config/load.js";
import { endedTasks, queuedTasks, type Task } from "./queue.js";
import { readLeases } from "../../records/leases.js";
import type { Cell } from "../../records/plan.js";
import type { RunStore } from "../../records/store.js";
import { slurmFolder, type Submission } from "../../records/submission.js";
import type { Outcome } from "../local/execute.js";
import { cellSteps } from "../cell/cell-steps.js";

/** Milliseconds between looks at the records, and how often longer than a look takes they are at least: a shared disk
 *  serves many. So does the queue's controller: looks at it grow rarer. */
const LOOK_EVERY = 1000;
const LOOK_SHARE = 20;
const FIRST_ASK = 3000;
const LAST_ASK = 30_000;
/** Lines of a log that an error shows. */
const LOG_LINES = 8;

/** What is followed. */
export interface Followed {
  readonly config: ResolvedConfig;
  readonly dataFolder: string;
  readonly store: RunStore;
  readonly submissions: readonly Submission[];
}

/** Follows job arrays until every cell is done or has failed; runs nothing itself.
 *  @param onFinished is told of every run that has a result now.
 *  @throws Interrupted when the signal asks for it: the jobs go on. UserError when the jobs are gone and cells are left. */
export async function follow(
  cells: readonly Cell[],
  { config, dataFolder, store, submissions }: Followed,
  progress: ProgressReporter,
  signal: AbortSignal,
  onFinished: (cell: Cell) => void = () => undefined,
): Promise<Outcome> {
  const todo = cells.filter(({ id }) => !store.has(id));
  const failed = new Map<string, string>();
  let open = todo;
  let lookTook = 0;
  let [steps, diverged, skipped] = [0, 0, 0];
  const look = (): void => {
    const begun = milliseconds();
    for (const cell of open) {
      const { id, dependsOn } = cell;
      const broken = dependsOn.find((other) => failed.has(other));
      const failure = broken === undefined ? store.failure(id) : `needs run ${broken}, which failed`;
      if (failure !== undefined) failed.set(id, failure);
      else if (store.has(id)) {
        steps += cellSteps(config, cell, dataFolder);
        const { state } = store.read(id);
        if (state === "diverged") diverged++;
        if (state === "skipped") skipped++;
        onFinished(cell);
      } else continue;
      open = open.filter((other) => other !== cell);
    }
    lookTook = milliseconds() - begun;
  };
  progress.begin(
    config.experimentFolder,
    todo.reduce((sum, cell) => sum + cellSteps(config, cell, dataFolder), 0),
  );
  let tasks: Task[] = [];
  let [asked, askAfter, absent] = [milliseconds(), 0, 0];
  try {
    for (look(); open.length > 0; look()) {
      if (milliseconds() - asked >= askAfter) {
        tasks = await queuedTasks(submissions).catch(() => tasks);
        const lost = tasks.length === 0 && !readLeases(store.folder).some(({ alive }) => alive);
        absent = lost ? absent + 1 : 0;
        [asked, askAfter] = [milliseconds(), Math.min(LAST_ASK, Math.max(FIRST_ASK, askAfter * 1.5))];
        // What a task writes last may show a moment after the task is gone.
        look();
        if (absent > 1 && open.length > 0) throw await gone(store, submissions, open.length);
      }
      const running = tasks.filter(({ state }) => state === "RUNNING").length;
      const label = `${todo.length - open.length}/${todo.length} runs, ${running} of ${tasks.length} tasks running`;
      progress.at(steps, label);
      if (signal.aborted) throw new Interrupted();
      await setTimeout(Math.max(LOOK_EVERY, LOOK_SHARE * lookTook), undefined, { signal }).catch(() => undefined);
    }
  } finally {
    progress.end();
  }
  return {
    done: todo.length - failed.size,
    alreadyDone: cells.length - todo.length,
    diverged,
    skipped,
    failed: [...failed].map(([id, reason]) => ({ id, reason })),
  };
}

/** Runs are left and nobody is there to run them: with what accounting and the last log say. */
async function gone(store: RunStore, submissions: readonly Submission[], left: number): Promise<UserError> {
  const ended = await endedTasks(submissions);
  const states = [...new Set(ended.map(({ state }) => state))].map(
    (state) => `${state}: ${ended.filter((task) => task.state === state).length}`,
  );
  const why = states.length > 0 ? ` (${states.join(", ")})` : "";
  const folder = slurmFolder(store.folder);
  return new UserError(EXIT.runFailed, {
    where: `Slurm job ${submissions.map(({ job }) => job).join(", ")}`,
    given: `no task is left in the queue${why}, but ${left} runs are not done${lastWords(folder, submissions)}`,
    accepted: "tasks that go on until every run is done",
    remedy: "the same command again submits for what is left",
  });
}

/** The end of the newest log; without any, the likely reason. */
function lastWords(folder: string, submissions: readonly Submission[]): string {
  const { job } = submissions.at(-1)!;
  const logs = existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith(`${job}_`)) : [];
  if (logs.length === 0)
    return `; no task has left a log in ${folder}: the results folder must lie on a disk that all machines share`;
  const newest = logs
    .map((name) => join(folder, name))
    .reduce((a, b) => (statSync(b).mtimeMs > statSync(a).mtimeMs ? b : a));
  const lines = readFileSync(newest, "utf8").trimEnd().split("\n").slice(-LOG_LINES);
  return `; ${newest} ends:\n${lines.map((line) => `    ${line}`).join("\n")}`;
}
