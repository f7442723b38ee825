// metamd tune: search the hyper-parameters of every method on validation splits.
import { Command, Option } from "commander";
import { pretrainedOption } from "./pretrained.js";
import { addRunOptions } from "./run-options.js";
import { runStages } from "./run-stages.js";

export function tune(): Command {
  return addRunOptions(
    new Command("tune")
      .description("search the hyper-parameters of every method on the hold-outs' validation splits")
      .option("--holdout <domain>", "only on this hold-out (default: each in turn)")
      .option("--method <id>", "only this method")
      .addOption(pretrainedOption())
      .addOption(
        new Option("--strategy <name>", "as --set tuning.strategy=<name>").choices([
          "grid",
          "random",
          "sobol",
          "bayes",
        ]),
      )
      .option("--budget <points>", "as --set tuning.budget=<points>, or '{minutes: 60}'")
      .option("--extend-grid", "as --set tuning.extendGrid=true: while a winner lies on the edge, one value further"),
  )
    .addHelpText(
      "after",
      "\nLearned methods that are not meta-trained yet are meta-trained first. Every point is told on stderr as it is" +
        "\ntried; the winners and how much each choice matters are printed at the end, and tuning.csv has all points." +
        "\nExample: metamd tune --config configs/rotated-mnist.yaml --preset desk --method adam --strategy bayes",
    )
    .action(async (_own: unknown, command: Command) => {
      await runStages(command, { phases: ["tune"], summary: "tuning" });
    });
}
