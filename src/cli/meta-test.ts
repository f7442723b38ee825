// metamd meta-test: train fresh models on a held-out domain with every method.
import { Command } from "commander";
import { addRunOptions, pretrainedOption, runConfig, runFlags } from "./shared/run-options.js";
import { runStages } from "./shared/run-stages.js";

export function metaTest(): Command {
  return addRunOptions(
    new Command("meta-test")
      .description("tune and train fresh models on a held-out domain with every method, over the trials")
      .requiredOption(
        "--holdout <domain>",
        "a domain no method was learned on; its last part (45) finds a paper's table",
      )
      .option("--method <id>", "only this method")
      .addOption(pretrainedOption()),
  )
    .addHelpText(
      "after",
      "\nLearned methods that are not meta-trained yet are meta-trained first." +
        "\n\nExample: metamd meta-test --holdout 45 --preset desk",
    )
    .action(async (_own: unknown, command: Command) => {
      const flags = runFlags(command);
      const { findConfigFor } = await import("../config/find-config.js");
      const isFound = flags.submission === undefined && flags.config === undefined;
      const config = await runConfig(isFound ? { ...flags, config: findConfigFor(flags.holdout!) } : flags);
      const runs = await import("../runs/index.js");
      await runStages(command, config, (options) => runs.metaTest(config, options));
    });
}
