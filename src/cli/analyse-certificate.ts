// metamd analyse certificate: Theorem 4.1's bound as a number.
import { Command, Option } from "commander";
import { join } from "node:path";
import { interruption } from "../core/interruption.js";
import { collect } from "./collect.js";
import type { GlobalFlags } from "./globals.js";
import { columns, notice, print, printJson } from "./print.js";
import { aboveProgress, progressReporter } from "./progress.js";

interface Flags extends GlobalFlags {
  readonly part?: string[];
}

export function certificate(): Command {
  return new Command("certificate")
    .description("Theorem 4.1's bound, printed and corrected, with its conditions and how often it holds")
    .addOption(new Option("--part <A|B|C>", "only this part (repeatable)").argParser(collect))
    .addHelpText("after", HELP)
    .action(async (_own: unknown, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const { loadCertificate } = await import("../studies/certificate/settings.js");
      const set = flags.part === undefined ? flags.set : [...flags.set, `parts=[${flags.part.join(",")}]`];
      const config = loadCertificate({ ...flags, set });
      const { runCertificate } = await import("../studies/certificate/run.js");
      const stop = interruption();
      const { records, fresh } = await runCertificate(config, {
        results: flags.results,
        data: flags.data,
        openEngine: async () => {
          const { openEngine } = await import("../engine/open.js");
          return (await openEngine(flags.engine, flags)).engine;
        },
        signal: stop.signal,
        progress: progressReporter(flags.quiet),
        onNotice: (text) => {
          if (!flags.quiet) aboveProgress(text);
        },
      }).finally(stop.release);
      const { certificateTable, writeCertificate } = await import("../studies/certificate/table.js");
      const file = writeCertificate(join(flags.results, config.experimentFolder), records);
      if (flags.json) return printJson({ experiment: config.experimentFolder, records, file });
      const { headings, rows } = certificateTable(records, (value) => String(Number(value.toPrecision(4))));
      print(columns(headings, rows));
      if (!flags.quiet) notice(`${fresh} parts done, ${records.length - fresh} were done before; written: ${file}`);
    });
}

const HELP = `
Part A takes what metamd quadratic learned at the same preset; B learns a preconditioner of its own on rotated digits;
C reads the logs of every meta-training of MetaMD in the results folder.

Example: metamd analyse certificate --config configs/certificate.yaml --preset desk
Example: metamd analyse certificate --config configs/certificate.yaml --part A`;
