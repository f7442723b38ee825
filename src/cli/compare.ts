// metamd compare: two experiments, or the experiments of two results folders, side by side.
import { Command, Option } from "commander";
import type { TableFormat } from "../reporting/index.js";
import type { GlobalFlags } from "./shared/globals.js";
import { print, printJson, terminalWidth } from "./shared/print.js";

interface Flags extends GlobalFlags {
  readonly format: TableFormat;
}

const HELP = `
It shows what differs in the configs, accuracy and AUC of every method on every holdout with their difference and its \
standard error, how many runs are the same, and the training loss by quarter of the run. Of two results folders the \
experiments with the same name are compared.

Examples:
  metamd compare quickstart quickstart-smoke
  metamd compare results/quickstart /elsewhere/results/quickstart --format markdown
  metamd compare results /elsewhere/results --json`;

export function compare(): Command {
  return new Command("compare")
    .description("compare two experiments: numbers, curves, and what differs in their configs")
    .argument("<a>", "an experiment of the results folder, the folder of one, or a results folder")
    .argument("<b>", "what it is compared with")
    .addOption(
      new Option("--format <name>", "how it is printed").choices(["text", "csv", "markdown", "latex"]).default("text"),
    )
    .addHelpText("after", HELP)
    .action(async (a: string, b: string, _own: unknown, command: Command) => {
      const { results, format, json } = command.optsWithGlobals<Flags>();
      const { compareExperiments, comparisonJson, comparisonTables, FORMATS, openPairs } =
        await import("../reporting/index.js");
      const comparisons = openPairs(results, [a, b]).map(compareExperiments);
      if (json) return printJson(comparisons.map(comparisonJson));
      const tables = comparisons.flatMap(comparisonTables);
      print(tables.map((table) => FORMATS[format]([table], terminalWidth())).join("\n"));
    });
}
