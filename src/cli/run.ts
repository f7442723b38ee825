// metamd run: plan, meta-train, tune, meta-test, tables; goes on where it stopped.
import { Command } from "commander";
import { jobsOption } from "./numbers.js";
import { pretrainedOption } from "./pretrained.js";
import { runStages } from "./run-stages.js";
import { skipMissingOption } from "./skip-missing.js";

export function run(): Command {
  return new Command("run")
    .description("meta-train, tune, meta-test and write the tables; goes on where it stopped")
    .addOption(pretrainedOption())
    .addOption(jobsOption())
    .addOption(skipMissingOption())
    .addHelpText("after", "\nExample: metamd run --config configs/rotated-mnist.yaml --preset desk")
    .action(async (_own: unknown, command: Command) => {
      await runStages(command, {});
    });
}
