// metamd meta-train: learn every learned method on all domains but the held-out one.
import { Command } from "commander";
import { withConfig } from "./shared/help.js";
import { addRunOptions, pretrainedOption, runConfig, runFlags } from "./shared/run-options.js";
import { runStages } from "./shared/run-stages.js";

export function metaTrain(): Command {
  return addRunOptions(
    withConfig(new Command("meta-train"))
      .description("learn every learned method on all domains but the holdout")
      .option("--holdout <domain>", "only for this holdout (default: each in turn)")
      .option("--method <id>", "only this learned method")
      .addOption(pretrainedOption()),
  )
    .addHelpText("after", "\nExample: metamd meta-train --config configs/rotated-mnist.yaml --holdout rotated-mnist/45")
    .action(async (_own: unknown, command: Command) => {
      const config = await runConfig(runFlags(command));
      const runs = await import("../runs/index.js");
      await runStages(command, config, (options) => runs.metaTrain(config, options));
    });
}
