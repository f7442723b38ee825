import { Option, type Command } from "commander";
import { EXIT, UserError } from "../core/errors.js";
import { gigabytes, jobsOption, minutes, positiveInteger } from "./numbers.js";
import { skipMissingOption } from "./skip-missing.js";

/** Where and how the commands that run cells run them. */
export interface RunFlags {
  readonly jobs?: number;
  readonly memory?: number;
  readonly skipMissing?: boolean;
  readonly executor: "local" | "slurm";
  readonly slurm?: string;
  readonly tasks?: number;
  readonly detach?: boolean;
  readonly idleMinutes?: number;
  readonly skipFailed?: boolean;
}

/** The options of the commands that run cells. */
export function addRunOptions(command: Command): Command {
  const executor = new Option("--executor <name>", "processes on this machine, or a Slurm job array (docs/slurm.md)");
  return command
    .addOption(jobsOption())
    .option(
      "--memory <gigabytes>",
      "memory of a worker process at most (default: 0.9 of the machine's, shared out)",
      gigabytes,
    )
    .addOption(skipMissingOption())
    .addOption(executor.choices(["local", "slurm"]).default("local"))
    .option("--slurm <file>", "the cluster's settings (default: ~/.config/metamd/slurm.yaml)")
    .option("--tasks <n>", "tasks of the job array", positiveInteger)
    .option("--detach", "submit the job array and return")
    .option("--idle-minutes <n>", "leave when others have had all runs for so long (default: wait for them)", minutes)
    .option("--skip-failed", "leave runs alone that have failed before");
}

/** @throws UserError (usage) for an option of the job array without one. */
export function checkRunFlags({ executor, slurm, tasks, detach }: RunFlags): void {
  if (executor === "slurm") return;
  const given = Object.entries({ "--slurm": slurm, "--tasks": tasks, "--detach": detach });
  const [flag] = given.find(([, value]) => value !== undefined) ?? [];
  if (flag === undefined) return;
  throw new UserError(EXIT.usage, {
    where: flag,
    given: "runs on this machine",
    accepted: `${flag} with a job array`,
    remedy: `add --executor slurm, or leave ${flag} out`,
  });
}
