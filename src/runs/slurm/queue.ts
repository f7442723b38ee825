import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { EXIT, UserError } from "../../core/errors.js";

/** A task of a job array in Slurm's queue, or one that has left it. */
export interface Task {
  /** Of the array. */
  readonly job: string;
  /** "17_3"; "17_[4-9]" never, as every task has a line of its own. */
  readonly id: string;
  /** Slurm's word for it, like RUNNING. */
  readonly state: string;
  /** How long it has run, in Slurm's form. */
  readonly elapsed: string;
  /** The machines that it runs on, or why it waits; after its end, its exit code. */
  readonly detail: string;
}

/** A job array to look for. */
export interface ArrayOf {
  readonly job: string;
  readonly cluster?: string | undefined;
}

/** Submits a batch script, from the folder of its logs. @throws UserError (usage) with Slurm's message when it is refused. */
export async function submit(script: string): Promise<ArrayOf> {
  const folder = dirname(resolve(script));
  const { code, stdout, stderr } = await slurmIn(folder, "sbatch", "--parsable", resolve(script));
  const [job = "", cluster] = stdout.trim().split(";");
  if (code === 0 && /^\d+$/.test(job)) return { job, ...(cluster !== undefined && { cluster }) };
  throw new UserError(EXIT.usage, {
    where: "sbatch",
    given: wordsOf(stderr) || stdout.trim() || `exit code ${code}`,
    accepted: "a job that the cluster takes",
    hint: NO_CLUSTER.test(stderr)
      ? "no cluster is set up on this machine: log in to the cluster's submit host, or --executor local"
      : `fix the cluster's settings (--slurm FILE, docs/slurm.md); the script is ${script}`,
  });
}

/** What Slurm's programs say where no configuration names a controller. */
const NO_CLUSTER = /configuration source|DNS SRV|slurm\.conf/i;

/** The tasks of some arrays that wait or run. @throws UserError (usage) when Slurm does not answer. */
export async function queuedTasks(arrays: readonly ArrayOf[]): Promise<Task[]> {
  return perCluster(arrays, async (jobs, where) => {
    const format = "--format=%F|%i|%T|%M|%R";
    const called = await slurm("squeue", ...where, "--noheader", "--array", `--jobs=${jobs}`, format);
    // What has left the queue long ago is no job for squeue.
    if (called.code !== 0 && /invalid job id/i.test(called.stderr)) return [];
    if (called.code !== 0) throw silent("squeue", called);
    return linesOf(called).map((line) => {
      const [job, id, state, elapsed, detail] = line.split("|") as [string, string, string, string, string];
      return { job, id, state, elapsed, detail };
    });
  });
}

/** What the cluster's accounting knows of tasks that have ended; nothing where there is no accounting. */
export async function endedTasks(arrays: readonly ArrayOf[]): Promise<Task[]> {
  return perCluster(arrays, async (jobs, where) => {
    const format = "--format=JobID,State,Elapsed,ExitCode";
    const called = await slurm(
      "sacct",
      ...where,
      "--noheader",
      "--parsable2",
      "--allocations",
      `--jobs=${jobs}`,
      format,
    ).catch(() => undefined);
    if (called?.code !== 0) return [];
    return linesOf(called).flatMap((line) => {
      const [id, state, elapsed, detail] = line.split("|") as [string, string, string, string];
      return OVER.test(state) ? [{ job: id.split("_")[0]!, id, state, elapsed, detail: `exit ${detail}` }] : [];
    });
  });
}

const OVER = /^(?!PENDING|RUNNING|REQUEUED|RESIZING|SUSPENDED|COMPLETED)/;

/** Ends every task of some arrays. @throws UserError (usage) with Slurm's message. */
export async function cancelArrays(arrays: readonly ArrayOf[]): Promise<void> {
  await perCluster(arrays, async (jobs, where) => {
    const called = await slurm("scancel", ...where, ...jobs.split(","));
    if (called.code !== 0) throw silent("scancel", called);
    return [];
  });
}

/** What Slurm says, in one line and without the program's name. */
const wordsOf = (stderr: string): string => stderr.replace(/^\w+: (?:error|fatal): /gm, "").replaceAll("\n", "; ");

const linesOf = ({ stdout }: Called): string[] => stdout.split("\n").filter((line) => line.includes("|"));

const silent = (program: string, { code, stderr }: Called): UserError =>
  new UserError(EXIT.usage, {
    where: program,
    given: wordsOf(stderr) || `exit code ${code}`,
    accepted: "an answer of the cluster's controller",
    hint: "try again later: jobs go on without it",
  });

/** @param ask is given a cluster's job ids, joined by commas, and the option that names the cluster. */
async function perCluster<Answer>(
  arrays: readonly ArrayOf[],
  ask: (jobs: string, where: string[]) => Promise<Answer[]>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const cluster of new Set(arrays.map((array) => array.cluster))) {
    const jobs = arrays.filter((array) => array.cluster === cluster).map(({ job }) => job);
    answers.push(...(await ask(jobs.join(","), cluster === undefined ? [] : [`--clusters=${cluster}`])));
  }
  return answers;
}

/** What a command of Slurm came to. */
interface Called {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of Slurm. @throws UserError (usage) when it is not on this machine. */
const slurm = (program: string, ...args: string[]): Promise<Called> => slurmIn(undefined, program, ...args);

/** The same in a folder; the jobs that it submits begin there. */
function slurmIn(folder: string | undefined, program: string, ...args: string[]): Promise<Called> {
  return new Promise((resolve, reject) => {
    execFile(
      program,
      args,
      { maxBuffer: 2 ** 28, cwd: folder !== undefined && existsSync(folder) ? folder : undefined },
      (error, stdout, stderr) => {
        const code = error?.code;
        if (typeof code === "string") reject(code === "ENOENT" ? absent(program) : error!);
        else resolve({ code: error === null ? 0 : (code ?? 1), stdout, stderr: stderr.trim() });
      },
    );
  });
}

const absent = (program: string): UserError =>
  new UserError(EXIT.usage, {
    where: program,
    given: "not found on this machine",
    accepted: "a machine that submits to a Slurm cluster: sbatch, squeue and scancel in the PATH",
    hint: "log in to the cluster's submit host, or --executor local",
  });
