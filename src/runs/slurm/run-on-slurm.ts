import { join, resolve } from "node:path";
import { timestamp } from "../../core/clock.js";
import { EXIT, UserError } from "../../core/errors.js";
import { writeAtomic } from "../../core/files.js";
import { heldValues } from "../../config/load.js";
import type { EngineSwitches } from "../../engine/engine.js";
import { checkWanted, refuseWithoutGpu, takesAllOfGpu } from "../../engine/share.js";
import { openLeases } from "../../records/leases.js";
import type { Cell } from "../../records/plan.js";
import { nextScript, readSubmissions, slurmFolder, writeSubmission, writeSubmitted } from "../../records/submission.js";
import { openLedger, type Outcome } from "../ledger.js";
import { beginAnew } from "../local/retries.js";
import type { RunOptions, SlurmJobs, SlurmOptions, TaskShare, Watch, Work } from "../options.js";
import { inputsOf } from "../plan/inputs.js";
import { follow } from "./follow.js";
import { queuedTasks, submit } from "./queue.js";
import { batchScript } from "./script.js";

/** Tasks of an array where nobody says how many. */
const TASKS = 4;

/** Submits a job array whose tasks run the cells, unless one is in the queue already, and follows it.
 *  @throws Interrupted: the jobs go on. */
export async function runOnSlurm(work: Work, slurm: SlurmOptions, options: RunOptions, watch: Watch): Promise<Outcome> {
  const { config, cells, store, domains } = work;
  const isDone = (id: string): boolean => store.has(id);
  const jobs = await jobsFor(work, slurm, options);
  options.onJobs?.(jobs);
  if (slurm.detach === true || slurm.dryRun === true) return openLedger(cells, isDone).outcome(true);
  const followed = { config, domains, store, submissions: jobs.submissions };
  return follow(cells, followed, watch.progress, watch.signal, watch.onFinished);
}

/** The jobs that are in the queue, or new ones where none is. */
async function jobsFor(work: Work, slurm: SlurmOptions, options: RunOptions): Promise<SlurmJobs> {
  const { cells, store } = work;
  const todo = cells.filter(({ id }) => !store.has(id));
  const before = readSubmissions(store.folder);
  if (slurm.dryRun === true && todo.length > 0) return submitFor(work, todo, slurm, options);
  const queued = before.length > 0 && todo.length > 0 ? await queuedTasks(before) : [];
  const live = before.filter(({ job }) => queued.some((task) => task.job === job));
  if (live.length > 0) return { submissions: live, queued: queued.length, left: todo.length };
  if (todo.length === 0) return { submissions: [], queued: 0, left: 0 };
  return submitFor(work, todo, slurm, options);
}

async function submitFor(
  { config, store, domains }: Work,
  todo: readonly Cell[],
  slurm: SlurmOptions,
  options: RunOptions,
): Promise<SlurmJobs> {
  const { settings } = slurm;
  const script = nextScript(store.folder);
  const tasks = Math.min(slurm.tasks ?? settings.tasks ?? TASKS, todo.length);
  const submission = writeSubmitted(script, {
    file: config.file,
    preset: config.preset,
    configHash: config.hash,
    config: heldValues(config),
    inputs: inputsOf(config, domains),
  });
  const command = [
    ...slurm.command({ submission: resolve(submission), ...shareOfTask(slurm, config.engine, options) }),
  ];
  const batch = {
    experiment: config.experimentFolder,
    tasks,
    logs: resolve(slurmFolder(store.folder)),
    workFolder: process.cwd(),
    shared: resolve(join(store.folder, "plan.json")),
    node: process.execPath,
    command,
  };
  writeAtomic(script, batchScript(settings, batch));
  if (slurm.dryRun === true) return { submissions: [], queued: 0, left: todo.length, script };
  // Starting again is the decision to try what failed once more; the tasks leave failures alone.
  const leases = openLeases(store.folder);
  try {
    for (const { id } of todo) beginAnew(id, store, leases);
  } finally {
    leases.close();
  }
  const array = await submit(script);
  const written = writeSubmission(script, { ...array, tasks, command, submittedAt: timestamp() });
  return { submissions: [written], queued: 0, left: todo.length, script };
}

/** How a task uses its processors: as on one machine, one thread for every run. With GPUs it decides by itself what it was
 *  not told, since it alone sees the cards. @throws UserError (usage) for what every task would refuse. */
function shareOfTask(
  { settings }: SlurmOptions,
  switches: EngineSwitches | undefined,
  options: RunOptions,
): Omit<TaskShare, "submission"> {
  const { gpus, cpusPerTask = 1, extra } = settings;
  const { engine = "auto", runsPerGpu, idleMinutes = settings.idleMinutes } = options;
  checkWanted(engine, { ...options, takesAll: takesAllOfGpu(switches) });
  const asksForGpus = (option: string): boolean =>
    /^--(gres|gpus|tres-per-task)/.test(option) && option.includes("gpu");
  const hasGpus = gpus !== undefined || extra.some(asksForGpus);
  if (hasGpus) refuseWithoutGpu(engine, "the cluster's settings", "gpus");
  if (runsPerGpu !== undefined && !hasGpus)
    throw new UserError(EXIT.usage, {
      where: "--runs-per-gpu",
      given: "a job array whose tasks ask for no GPU",
      accepted: "gpus in the cluster's settings: how many a task asks for",
      hint: "add gpus: 1 to the settings (docs/slurm.md), or leave --runs-per-gpu out",
    });
  if (hasGpus) return { jobs: options.jobs, runsPerGpu, threads: options.threads, idleMinutes };
  const threads = options.threads ?? 1;
  const jobs = options.jobs ?? Math.max(1, Math.floor(cpusPerTask / threads));
  return { jobs, threads, idleMinutes };
}
