// metamd cancel: stop an experiment's Slurm jobs; what they have done is kept.
import { Command } from "commander";
import { chosenExperiments } from "./shared/experiments.js";
import type { GlobalFlags } from "./shared/globals.js";
import { notice, print, printJson } from "./shared/print.js";

export function cancel(): Command {
  return new Command("cancel")
    .description("stop an experiment's Slurm jobs; finished runs and checkpoints are kept")
    .argument("[experiment]", "a folder of the results (default: that of --config)")
    .addHelpText("after", "\nThe command that submitted the jobs goes on where they stopped.")
    .addHelpText("after", "\nExample: metamd cancel rotated-mnist-desk")
    .action(async (name: string | undefined, _own: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags>();
      const { EXIT, UserError } = await import("../core/errors.js");
      if (name === undefined && flags.config === undefined)
        throw new UserError(EXIT.usage, {
          where: "cancel",
          given: "no experiment",
          accepted: "the name of a results folder, or --config FILE",
          hint: "metamd status shows what is there",
        });
      const [folder] = await chosenExperiments(name, flags);
      const runs = await import("../runs/index.js");
      const { experiment, submissions, tasks, others } = await runs.cancel(folder!);
      if (flags.json) printJson({ experiment, stopped: tasks });
      else if (submissions.length === 0) print(`${experiment}: no Slurm job in the queue`);
      for (const { job } of flags.json ? [] : submissions) {
        const own = tasks.filter((task) => task.job === job);
        const running = own.filter(({ state }) => state === "RUNNING").length;
        print(`Slurm job ${job}: stopped ${own.length} tasks, ${running} of them running`);
      }
      for (const process of new Set(others.map(({ pid, host }) => `process ${pid} on ${host}`)))
        notice(`${process} goes on: stop it there with Ctrl-C, or kill with its number`);
    });
}
