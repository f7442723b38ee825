import { Option, type Command } from "commander";
import { EXIT, UserError } from "../../core/errors.js";
import type { ResolvedConfig } from "../../config/load.js";
import type { GlobalFlags } from "./globals.js";
import { atOnce, gigabytes, gpuList, minutes, positiveInteger } from "./option-values.js";

/** What the commands that run cells run, where and how. */
export interface RunFlags {
  readonly jobs?: number;
  readonly gpus?: string[];
  readonly runsPerGpu?: number;
  readonly memory?: number;
  readonly skipMissing?: boolean;
  readonly holdout?: string;
  readonly method?: string;
  readonly pretrained?: string;
  readonly executor: "local" | "slurm";
  readonly slurm?: string;
  readonly tasks?: number;
  readonly detach?: boolean;
  readonly dryRun?: boolean;
  readonly idleMinutes?: number;
  readonly skipFailed?: boolean;
  readonly submission?: string;
}

/** Above the options that share this machine out, in help. */
const SHARING = "On this machine:";

/** --jobs, --gpus and --runs-per-gpu, of the commands that run cells or say what they cost. */
export const sharingOptions = (): Option[] =>
  [
    new Option(
      "--jobs <n>",
      "runs at the same time (default: one per processor; with GPUs as --runs-per-gpu says)",
    ).argParser(atOnce),
    new Option("--gpus <list>", "the GPUs to use, by number or UUID, like 0,1 (default: all; docs/gpu.md)").argParser(
      gpuList,
    ),
    new Option(
      "--runs-per-gpu <n>",
      "runs at the same time on each GPU (default: 1, 2 or 4, by the size of a step)",
    ).argParser(atOnce),
  ].map((option) => option.helpGroup(SHARING));

export const skipMissingOption = (): Option =>
  new Option("--skip-missing", "skip domains whose data are missing; the tables say so");

/** `--pretrained FILE`: the same as `--set model.pretrained=FILE`. */
export const pretrainedOption = (): Option =>
  new Option(
    "--pretrained <file>",
    "initial weights of every run: a safetensors file with torchvision's names (as --set model.pretrained=FILE)",
  );

/** Adds options in their order. */
export const addOptions = (command: Command, options: readonly Option[]): Command =>
  options.reduce((held, option) => held.addOption(option), command);

/** The options of the commands that run cells. */
export function addRunOptions(command: Command): Command {
  addOptions(command, [
    skipMissingOption(),
    new Option("--skip-failed", "skip runs that have failed before"),
    new Option(
      "--idle-minutes <n>",
      "stop when other processes have held all runs for this long (default: wait for them)",
    ).argParser(minutes),
    ...sharingOptions(),
    new Option("--memory <gigabytes>", "memory of a worker process at most (default: 0.9 of the machine's, shared out)")
      .argParser(gigabytes)
      .helpGroup(SHARING),
  ]);
  return addOptions(
    command,
    [
      new Option("--executor <name>", "processes on this machine, or a Slurm job array")
        .choices(["local", "slurm"])
        .default("local"),
      new Option("--slurm <file>", "the cluster's settings (default: ~/.config/metamd/slurm.yaml)"),
      new Option("--tasks <n>", "tasks of the job array").argParser(positiveInteger),
      new Option("--detach", "submit the job array and return"),
      new Option("--dry-run", "write the job array's script, print it, and submit nothing"),
      new Option("--submission <file>", "for the tasks of a job array: what was submitted").hideHelp(),
    ].map((option) => option.helpGroup("On a cluster (docs/slurm.md):")),
  );
}

/** The config of a command that runs cells: as it is typed, or in a task of a job array as it was when that was submitted. */
export async function runConfig(flags: GlobalFlags & RunFlags): Promise<ResolvedConfig> {
  const { loadConfig, restoreConfig } = await import("../../config/load.js");
  const { submission, data } = flags;
  if (submission === undefined) return loadConfig(flags);
  const { readSubmitted } = await import("../../records/submission.js");
  const { loadHeldPlugins } = await import("../../config/plugins.js");
  const submitted = readSubmitted(submission);
  await loadHeldPlugins(submitted.config, submission);
  return restoreConfig(submitted, submission, data);
}

/** The flags of a command that runs cells. @throws UserError (usage) for an option of the job array without one. */
export function runFlags<Flags extends GlobalFlags & RunFlags>(command: Command): Flags {
  const flags = command.optsWithGlobals<Flags>();
  checkRunFlags(flags);
  return flags;
}

/** @throws UserError (usage) for an option of the job array without one.
 *  @internal Exported for tests. */
export function checkRunFlags({ executor, slurm, tasks, detach, dryRun, gpus }: RunFlags): void {
  if (executor === "slurm") return refuseChosenGpus(gpus);
  const given = Object.entries({ "--slurm": slurm, "--tasks": tasks, "--detach": detach, "--dry-run": dryRun });
  const [flag] = given.find(([, value]) => value !== undefined) ?? [];
  if (flag === undefined) return;
  throw new UserError(EXIT.usage, {
    where: flag,
    given: "runs on this machine",
    accepted: `${flag} with a job array`,
    hint: `add --executor slurm, or leave ${flag} out`,
  });
}

/** @throws UserError (usage): which GPUs a task gets is the cluster's. */
function refuseChosenGpus(gpus: readonly string[] | undefined): void {
  if (gpus === undefined) return;
  throw new UserError(EXIT.usage, {
    where: "--gpus",
    given: `${gpus.join(",")} with a job array, whose tasks get theirs from Slurm`,
    accepted: "gpus in the cluster's settings: how many a task asks for",
    hint: "leave --gpus out; --runs-per-gpu works",
  });
}
