// metamd export: a learned optimiser as a file to carry elsewhere.
import { Command } from "commander";
import { printableName } from "../core/printable.js";
import type { GlobalFlags } from "./globals.js";
import { notice, print, printJson } from "./print.js";

interface Flags extends GlobalFlags {
  readonly output?: string;
}

export function exportRun(): Command {
  return new Command("export")
    .description("a learned optimiser as a file to carry elsewhere: safetensors, readable by any library for it")
    .argument("<run>", "id of the meta-training, or its beginning")
    .option("--output <file>", "where it is written (default: METHOD-RUN.safetensors)")
    .addHelpText("after", "\nAnother experiment applies it with learnedFiles in its config.")
    .addHelpText("after", "\nExample: metamd export 1f3a --output metamd.safetensors")
    .action(async (run: string, _own: unknown, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const { exportLearned } = await import("../records/export.js");
      const { path, file } = exportLearned(flags.results, run, flags.output);
      const { numerics, method, run: learnedBy, domains } = file;
      if (flags.json) return printJson({ path, numerics, method, run: learnedBy, domains });
      print(printableName(path));
      const { numericsInWords } = await import("../records/numerics.js");
      const made = `learned on ${domains.join(", ")} with ${numericsInWords(numerics)}`;
      if (!flags.quiet) notice(`${method} of run ${learnedBy}, ${made}`);
    });
}
