import type { Command } from "commander";
import { join, resolve } from "node:path";
import type { ResolvedConfig } from "../config/load.js";
import type { SlurmSettings } from "../config/slurm-settings.js";
import { interruption } from "../core/interruption.js";
import type { Outcome } from "../runs/ledger.js";
import type { Cell } from "../records/plan.js";
import type { RunStore } from "../records/store.js";
import type { Submission } from "../records/submission.js";
import { givenFlags } from "./given-flags.js";
import type { GlobalFlags } from "./globals.js";
import { notice, printJson } from "./print.js";
import { progressReporter } from "./progress.js";
import type { RunFlags } from "./run-options.js";

type Flags = GlobalFlags & RunFlags;

/** Tasks of an array where nobody says how many. */
const TASKS = 4;
/** Flags that are this command's own, or that every task gets with another value. */
const OWN = ["--executor", "--slurm", "--tasks", "--detach", "--json", "--quiet"];
const TASK = ["--jobs", "--threads", "--idle-minutes", "--skip-failed"];

/** Submits a job array whose tasks run the same command, unless one is in the queue already, and follows it.
 *  @returns undefined when nothing is followed. @throws Interrupted: the jobs go on. */
export async function runOnSlurm(
  command: Command,
  config: ResolvedConfig,
  cells: readonly Cell[],
  store: RunStore,
  onFinished: ((cell: Cell) => void) | undefined,
): Promise<Outcome | undefined> {
  const flags = command.optsWithGlobals<Flags>();
  const { loadSlurmSettings } = await import("../config/slurm-settings.js");
  const { queuedTasks } = await import("../runs/slurm/queue.js");
  const { readSubmissions } = await import("../records/submission.js");
  const { follow } = await import("../runs/slurm/follow.js");
  const settings = loadSlurmSettings(flags.slurm);
  const stop = interruption("no longer following, the jobs go on");
  try {
    const todo = cells.filter(({ id }) => !store.has(id));
    const before = readSubmissions(store.folder);
    const queued = before.length > 0 && todo.length > 0 ? await queuedTasks(before) : [];
    const live = before.filter(({ job }) => queued.some((task) => task.job === job));
    if (live.length > 0) notice(`${named(live)}: ${queued.length} tasks in the queue; nothing is submitted`);
    else if (todo.length > 0) live.push(await submitFor(command, config, settings, todo, store));
    if (flags.detach !== true) {
      const followed = { config, dataFolder: flags.data, store, submissions: live };
      return await follow(cells, followed, progressReporter(flags.quiet), stop.signal, onFinished);
    }
    if (flags.json) printJson({ experiment: config.experimentFolder, left: todo.length, submissions: live });
    else if (todo.length === 0) notice("nothing is left to run");
    else hint(config.experimentFolder, flags);
    return undefined;
  } finally {
    if (stop.signal.aborted) hint(config.experimentFolder, flags);
    stop.release();
  }
}

async function submitFor(
  command: Command,
  config: ResolvedConfig,
  settings: SlurmSettings,
  todo: readonly Cell[],
  store: RunStore,
): Promise<Submission> {
  const { batchScript } = await import("../runs/slurm/script.js");
  const { submit } = await import("../runs/slurm/queue.js");
  const { nextScript, slurmFolder, writeSubmission } = await import("../records/submission.js");
  const { openLeases } = await import("../records/leases.js");
  const { beginAnew } = await import("../runs/local/retries.js");
  const { writeAtomic } = await import("../core/files.js");
  const { timestamp } = await import("../core/clock.js");
  const flags = command.optsWithGlobals<Flags>();
  const script = nextScript(store.folder);
  const tasks = Math.min(flags.tasks ?? settings.tasks ?? TASKS, todo.length);
  const words = [
    process.argv[1]!,
    command.name(),
    ...givenFlags(command, [...OWN, ...TASK]),
    ...share(flags, settings),
  ];
  const batch = {
    experiment: config.experimentFolder,
    tasks,
    logs: resolve(slurmFolder(store.folder)),
    workFolder: process.cwd(),
    shared: resolve(join(store.folder, "plan.json")),
    node: process.execPath,
    command: words,
  };
  writeAtomic(script, batchScript(settings, batch));
  // Starting again is the decision to try what failed once more; the tasks leave failures alone.
  const leases = openLeases(store.folder);
  for (const { id } of todo) beginAnew(id, store, leases);
  leases.close();
  const array = await submit(script);
  const submission = { ...array, tasks, command: words, submittedAt: timestamp() };
  writeSubmission(script, submission);
  if (!flags.quiet) notice(`${named([submission])}: ${tasks} tasks submitted for ${todo.length} runs (${script})`);
  return { schemaVersion: 1, ...submission };
}

/** How a task uses its processors: as on one machine, one thread for every run, or one run with a GPU. */
function share(flags: Flags, { gpus, cpusPerTask = 1, idleMinutes }: SlurmSettings): string[] {
  const threads = flags.threads ?? (gpus === undefined ? 1 : cpusPerTask);
  const jobs = flags.jobs ?? (gpus === undefined ? Math.max(1, Math.floor(cpusPerTask / threads)) : 1);
  const idle = flags.idleMinutes ?? idleMinutes;
  return [`--jobs=${jobs}`, `--threads=${threads}`, `--idle-minutes=${idle}`, "--skip-failed"];
}

const named = (submissions: readonly { job: string }[]): string =>
  `Slurm job ${submissions.map(({ job }) => job).join(", ")}`;

function hint(experiment: string, { results }: Flags): void {
  const where = results === "results" ? "" : ` --results ${results}`;
  notice(`how far it is: metamd status ${experiment}${where}; to follow it, or to go on when its jobs are gone:`);
  notice(`the same command again; to stop it: metamd cancel ${experiment}${where}`);
}
