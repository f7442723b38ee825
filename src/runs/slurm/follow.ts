import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { milliseconds } from "../../core/clock.js";
import { EXIT, Interrupted, UserError } from "../../core/errors.js";
import type { ProgressReporter } from "../../core/progress.js";
import type { ResolvedConfig } from "../../config/load.js";
import { endedTasks, queuedTasks, type Task } from "./queue.js";
import { readLeases } from "../../records/lease-files.js";
import type { Cell } from "../../records/plan.js";
import type { RunStore } from "../../records/store.js";
import { slurmFolder, type Submission } from "../../records/submission.js";
import type { Domains } from "../plan/available-domains.js";
import { cellSteps } from "../plan/cell-steps.js";
import { endingOf, openLedger, type Outcome } from "../ledger.js";

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
  /** Of the cells, opened. */
  readonly domains: Domains;
  readonly store: RunStore;
  readonly submissions: readonly Submission[];
}

/** Follows job arrays until every cell is done or has failed; runs nothing itself.
 *  @param onFinished is told of every run that has a result now.
 *  @throws Interrupted when the signal asks for it: the jobs go on. UserError when the jobs are gone and cells are left. */
export async function follow(
  cells: readonly Cell[],
  followed: Followed,
  progress: ProgressReporter,
  signal: AbortSignal,
  onFinished: (cell: Cell) => void = () => undefined,
): Promise<Outcome> {
  const { config, domains, store, submissions } = followed;
  const stepsOf = (cell: Cell): number => cellSteps(config, cell, domains);
  const ledger = openLedger(cells, (id) => store.has(id));
  let [steps, lookTook] = [0, 0];
  const look = (): void => {
    const begun = milliseconds();
    for (const cell of ledger.open()) {
      // It has failed in this look, with one that it needs.
      if (ledger.isSettled(cell)) continue;
      const failure = store.failure(cell.id);
      if (failure !== undefined) ledger.fail(cell, failure);
      else if (store.has(cell.id)) {
        ledger.end(cell, endingOf(store.read(cell.id)));
        steps += stepsOf(cell);
        onFinished(cell);
      }
    }
    lookTook = milliseconds() - begun;
  };
  const queue = watchQueue(followed);
  progress.begin(
    config.experimentFolder,
    ledger.todo.reduce((sum, cell) => sum + stepsOf(cell), 0),
  );
  try {
    for (look(); ledger.unsettled > 0; look()) {
      if (queue.isDue()) {
        const gone = await queue.ask();
        // What a task writes last may show a moment after the task is gone.
        look();
        if (gone && ledger.unsettled > 0) throw await vanished(store, submissions, ledger.unsettled);
      }
      progress.at(steps, `${ledger.settled}/${ledger.todo.length} runs, ${queue.summary()}`);
      if (signal.aborted) throw new Interrupted();
      await setTimeout(Math.max(LOOK_EVERY, LOOK_SHARE * lookTook), undefined, { signal }).catch(() => undefined);
    }
  } finally {
    progress.end();
  }
  return ledger.outcome();
}

/** The tasks of some arrays, asked for more rarely the longer it takes. */
interface QueueWatch {
  isDue(): boolean;
  /** Asks Slurm. @returns whether nobody runs anything any more, now as the last time. */
  ask(): Promise<boolean>;
  /** "2 of 4 tasks running". */
  summary(): string;
}

function watchQueue({ store, submissions }: Followed): QueueWatch {
  let tasks: Task[] = [];
  let [asked, askAfter, absent] = [milliseconds(), 0, 0];
  return {
    isDue: () => milliseconds() - asked >= askAfter,
    async ask() {
      tasks = await queuedTasks(submissions).catch(() => tasks);
      const lost = tasks.length === 0 && !readLeases(store.folder).some(({ alive }) => alive);
      absent = lost ? absent + 1 : 0;
      [asked, askAfter] = [milliseconds(), Math.min(LAST_ASK, Math.max(FIRST_ASK, askAfter * 1.5))];
      return absent > 1;
    },
    summary: () => `${tasks.filter(({ state }) => state === "RUNNING").length} of ${tasks.length} tasks running`,
  };
}

/** Runs are left and nobody is there to run them: with what accounting and the last log say. */
async function vanished(store: RunStore, submissions: readonly Submission[], left: number): Promise<UserError> {
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
    hint: "the same command again submits for what is left",
  });
}

/** The end of the newest log; without any, the likely reason. */
function lastWords(folder: string, submissions: readonly Submission[]): string {
  const { job } = submissions.at(-1)!;
  const logs = existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith(`${job}_`)) : [];
  if (logs.length === 0)
    return `; no task has left a log in ${folder}: the results folder must be on a disk that all machines share`;
  const newest = logs
    .map((name) => join(folder, name))
    .reduce((a, b) => (statSync(b).mtimeMs > statSync(a).mtimeMs ? b : a));
  const lines = readFileSync(newest, "utf8").trimEnd().split("\n").slice(-LOG_LINES);
  return `; ${newest} ends:\n${lines.map((line) => `    ${line}`).join("\n")}`;
}
