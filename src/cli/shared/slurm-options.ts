import type { Command } from "commander";
import type { SlurmJobs, SlurmOptions } from "../../runs/index.js";
import type { GlobalFlags } from "./globals.js";
import { notice } from "./print.js";
import type { RunFlags } from "./run-options.js";

/** Flags that are this command's own, or that every task gets with another value. */
const OWN = ["--executor", "--slurm", "--tasks", "--detach", "--dry-run", "--json", "--quiet"];
const TASK = ["--jobs", "--gpus", "--runs-per-gpu", "--threads", "--idle-minutes", "--skip-failed", "--submission"];
/** Flags that decide the config, which the tasks get as it is now. */
const CONFIG = ["--config", "--set", "--preset", "--seed", "--pretrained", "--strategy", "--budget", "--extend-grid"];

/** How the flags have a job array: its tasks run the same command on the config of the submission.
 *  @throws UserError (usage) that lists everything wrong with the cluster's settings. */
export async function slurmOptions(command: Command): Promise<SlurmOptions> {
  const { slurm, tasks, detach, dryRun } = command.optsWithGlobals<RunFlags>();
  const { loadSlurmSettings } = await import("../../config/slurm-settings.js");
  return {
    settings: loadSlurmSettings(slurm),
    tasks,
    detach,
    dryRun,
    command: ({ submission, jobs, runsPerGpu, threads, idleMinutes }) => [
      process.argv[1]!,
      command.name(),
      ...givenFlags(command, [...OWN, ...TASK, ...CONFIG]),
      `--submission=${submission}`,
      ...(jobs === undefined ? [] : [`--jobs=${jobs}`]),
      ...(runsPerGpu === undefined ? [] : [`--runs-per-gpu=${runsPerGpu}`]),
      ...(threads === undefined ? [] : [`--threads=${threads}`]),
      `--idle-minutes=${idleMinutes}`,
      "--skip-failed",
    ],
  };
}

/** Says which jobs run the experiment. */
export function jobsNotice({ submissions, queued, left, script }: SlurmJobs, quiet: boolean): void {
  const named = `Slurm job ${submissions.map(({ job }) => job).join(", ")}`;
  if (submissions.length === 0 && script !== undefined) notice(`not submitted: ${script}, for ${left} runs`);
  else if (queued > 0) notice(`${named}: ${queued} tasks in the queue; nothing is submitted`);
  else if (script !== undefined && !quiet)
    notice(`${named}: ${submissions[0]!.tasks} tasks submitted for ${left} runs (${script})`);
}

/** Says how to look at what the jobs do, to go on and to stop. */
export function howToGoOn(experiment: string, { results }: GlobalFlags): void {
  const where = results === "results" ? "" : ` --results ${results}`;
  notice(`progress: metamd status ${experiment}${where}; to follow it, or to go on when its jobs are gone:`);
  notice(`the same command again; to stop it: metamd cancel ${experiment}${where}`);
}

/** The flags that a command line was given, once more: those of the command and the global ones, environment included.
 *  @param without names of flags, like "--detach", that are left out.
 *  @internal Exported for tests. */
export function givenFlags(command: Command, without: readonly string[]): string[] {
  const owners = command.parent === null ? [command] : [command.parent, command];
  return owners.flatMap((owner) =>
    owner.options.flatMap((option) => {
      const name = option.attributeName();
      const flag = option.long!;
      const source = owner.getOptionValueSource(name);
      if ((source !== "cli" && source !== "env") || without.includes(flag)) return [];
      const value = owner.getOptionValue(name) as unknown;
      if (value === true) return [flag];
      return (Array.isArray(value) ? value : [value]).map((one) => `${flag}=${String(one)}`);
    }),
  );
}
