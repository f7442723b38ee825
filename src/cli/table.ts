// metamd table: regenerate the tables from the records.
import { Command, Option } from "commander";
import type { GlobalFlags } from "./globals.js";
import { notice, print, printJson } from "./print.js";
interface Flags extends GlobalFlags {
  format: "text" | "csv" | "markdown" | "latex";
}

export function table(): Command {
  return new Command("table")
    .description("regenerate the tables from the records: accuracy and AUC, or one of them")
    .argument("[id]", "accuracy, auc, a folder of the results, or a paper's table (table1_top)")
    .addOption(
      new Option("--format <name>", "how it is printed").choices(["text", "csv", "markdown", "latex"]).default("text"),
    )
    .addHelpText("after", "\nThe CSV files in the results folder are written anew as well.")
    .addHelpText("after", "\nExample: metamd table accuracy --config configs/rotated-mnist.yaml --format markdown")
    .action(async (id: string | undefined, _own: unknown, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const { chooseTables } = await import("../reporting/tables/choose.js");
      const { resultTable } = await import("../reporting/tables/result-table.js");
      const only = flags.config === undefined ? undefined : await folderOf(flags);
      const { experiment, metrics, asPrinted } = chooseTables(flags.results, id, only, flags.preset);
      const tables = metrics.map((metric) => resultTable(experiment, metric));
      if (flags.json) {
        const { tableJson } = await import("../reporting/tables/json.js");
        printJson(tables.map(tableJson));
      } else if (flags.format === "csv") {
        const { paperCsv, resultCsv } = await import("../reporting/tables/csv.js");
        print(tables.map(asPrinted ? paperCsv : resultCsv).join("\n"));
      } else {
        const { renderTable } = await import("../reporting/tables/render.js");
        const { format } = flags;
        print(tables.map((one) => renderTable(one, format)).join("\n"));
      }
      const { writeTables } = await import("../reporting/tables/write-tables.js");
      const { files } = writeTables(experiment);
      if (!flags.quiet) notice(`written: ${files.join(", ")}`);
    });
}

async function folderOf(flags: GlobalFlags): Promise<string> {
  const { loadConfig } = await import("../config/load.js");
  return loadConfig(flags).experimentFolder;
}
