// metamd cancel: stop an experiment's Slurm jobs; what they have done is kept.
import { Command } from "commander";
import { chosenExperiments } from "./experiments.js";
import type { GlobalFlags } from "./globals.js";
import { notice, print, printJson } from "./print.js";

export function cancel(): Command {
  return new Command("cancel")
    .description("stop an experiment's Slurm jobs; finished runs and checkpoints are kept")
    .argument("[experiment]", "a folder of the results (default: that of --config)")
    .addHelpText("after", "\nThe command that submitted the jobs goes on where they stopped.")
    .addHelpText("after", "\nExample: metamd cancel rotated-mnist-desk")
    .action(async (name: string | undefined, _own: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags>();
      const { EXIT, UserError } = await import("../core/errors.js");
      const { readSubmissions } = await import("../records/submission.js");
      const { cancel: cancelArrays, queuedTasks } = await import("../runs/slurm/queue.js");
      const { readLeases } = await import("../records/leases.js");
      if (name === undefined && flags.config === undefined)
        throw new UserError(EXIT.usage, {
          where: "cancel",
          given: "no experiment",
          accepted: "the name of a results folder, or --config FILE",
          remedy: "metamd status shows what is there",
        });
      const [{ store, plan }] = (await chosenExperiments(name, flags)) as [
        Awaited<ReturnType<typeof chosenExperiments>>[0],
      ];
      const submissions = readSubmissions(store.folder);
      const tasks = submissions.length > 0 ? await queuedTasks(submissions) : [];
      const live = submissions.filter(({ job }) => tasks.some((task) => task.job === job));
      if (live.length > 0) await cancelArrays(live);
      if (flags.json) printJson({ experiment: plan.experiment, stopped: tasks });
      else if (live.length === 0) print(`${plan.experiment}: no Slurm job in the queue`);
      for (const { job } of flags.json ? [] : live) {
        const own = tasks.filter((task) => task.job === job);
        const running = own.filter(({ state }) => state === "RUNNING").length;
        print(`Slurm job ${job}: stopped ${own.length} tasks, ${running} of them running`);
      }
      const others = readLeases(store.folder).filter(({ alive, holder }) => alive && holder.job === undefined);
      for (const process of new Set(others.map(({ holder }) => `process ${holder.pid} on ${holder.host}`)))
        notice(`${process} goes on: stop it there with Ctrl-C, or kill with its number`);
    });
}
