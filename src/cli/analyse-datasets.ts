// metamd analyse datasets: how many images every dataset of a suite has.
import { Command } from "commander";
import { join } from "node:path";
import type { GlobalFlags } from "./globals.js";
import { columns, notice, print, printJson } from "./print.js";

export function datasets(): Command {
  return new Command("datasets")
    .description("images and classes of every dataset of a suite as loaded, without the config's limits")
    .addHelpText("after", "\nExample: metamd analyse datasets --config configs/high-resolution.yaml")
    .action(async (_own: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags>();
      const { loadConfig } = await import("../config/load.js");
      const { openAnalysisStore } = await import("../records/analysis-store.js");
      const { countDatasets } = await import("../studies/datasets/run.js");
      const config = loadConfig(flags);
      const store = openAnalysisStore(join(flags.results, config.experimentFolder));
      const { record, missing } = countDatasets(config, flags.data, store);
      if (flags.json) return printJson({ datasets: record, missing });
      const body = record.rows.map(({ domain, group, train, validation, test, classes, tag }) => [
        ...[domain, group.replace("_", "-"), String(train), String(validation), String(train + validation)],
        ...[String(test), String(classes), tag],
      ]);
      print(columns(["dataset", "used for", "train", "validation", "both", "test", "classes", "data"], body));
      for (const { domain, reason } of missing) notice(`not here: ${domain} (${reason})`);
      if (!flags.quiet) notice(`written: ${store.folderOf(record.id)}`);
    });
}
