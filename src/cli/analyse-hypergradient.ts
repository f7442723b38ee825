// metamd analyse hypergradient: MetaMD's hypergradients beside the true derivative of its objective.
import { Command } from "commander";
import { join } from "node:path";
import { duration } from "../core/duration.js";
import { interruption } from "../core/interruption.js";
import type { GlobalFlags } from "./globals.js";
import { notice, print, printJson } from "./print.js";
import { aboveProgress, progressReporter } from "./progress.js";

export function hypergradient(): Command {
  return new Command("hypergradient")
    .description("cosine and length of every mode's hypergradient beside the true derivative, through whole inner runs")
    .addHelpText("after", "\nIt goes on where it stopped; more seeds are made beside those that are finished.")
    .addHelpText("after", "With --engine reference everything is in double precision.")
    .addHelpText("after", "\nExample: metamd analyse hypergradient --config configs/hypergradient.yaml --preset desk")
    .action(async (_own: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags>();
      const { loadHypergradient } = await import("../studies/hypergradient/settings.js");
      const config = loadHypergradient(flags);
      const { runHypergradients } = await import("../studies/hypergradient/run.js");
      const stop = interruption();
      const { records, fresh } = await runHypergradients(config, {
        results: flags.results,
        data: flags.data,
        openEngine: async () => {
          const { openEngine } = await import("../engine/open.js");
          return (await openEngine(flags.engine, flags)).engine;
        },
        signal: stop.signal,
        progress: progressReporter(flags.quiet),
        onFinished: ({ seed, wallMilliseconds }) => {
          if (!flags.quiet) aboveProgress(`seed ${seed} done in ${duration(wallMilliseconds / 1000)}`);
        },
      }).finally(stop.release);
      const { hypergradientPanels, writeHypergradients } = await import("../studies/hypergradient/table.js");
      const { judgeHypergradient } = await import("../studies/hypergradient/claim.js");
      const file = writeHypergradients(join(flags.results, config.experimentFolder));
      const claim = judgeHypergradient(records);
      if (flags.json) return printJson({ experiment: config.experimentFolder, claim, records, file });
      const { FORMATS } = await import("../reporting/index.js");
      print(FORMATS.text(hypergradientPanels(records)));
      print(`Our claim ${claim.id}, not the paper's: ${claim.verdict}. ${claim.statement} ${claim.reason}`);
      if (!flags.quiet) notice(`${fresh} seeds done, ${records.length - fresh} were done before; written: ${file}`);
    });
}
