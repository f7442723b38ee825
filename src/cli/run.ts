// metamd run: plan, meta-train, tune, meta-test, tables; goes on where it stopped.
import { Command } from "commander";
import { withConfig } from "./shared/help.js";
import { addRunOptions, pretrainedOption, runConfig, runFlags } from "./shared/run-options.js";
import { runStages } from "./shared/run-stages.js";

export function run(): Command {
  return addRunOptions(
    withConfig(new Command("run"))
      .description("meta-train, tune, meta-test and write the tables; resumes where it stopped")
      .addOption(pretrainedOption()),
  )
    .addHelpText("after", "\nExample: metamd run --config configs/rotated-mnist.yaml --preset desk")
    .addHelpText("after", "Example: metamd run --config configs/rotated-mnist.yaml --executor slurm --tasks 8")
    .action(async (_own: unknown, command: Command) => {
      const config = await runConfig(runFlags(command));
      const runs = await import("../runs/index.js");
      await runStages(command, config, (options) => runs.run(config, options));
    });
}
