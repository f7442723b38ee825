// metamd export: a learned optimiser to carry elsewhere, as a file or as a folder for PyTorch.
import { Command, Option } from "commander";
import { printableName } from "../core/printable.js";
import type { ExportFormat } from "../runs/index.js";
import type { GlobalFlags } from "./globals.js";
import { notice, print, printJson } from "./print.js";

interface Flags extends GlobalFlags {
  readonly to?: string;
  readonly format: ExportFormat;
}

const FORMATS: readonly ExportFormat[] = ["metamd", "pytorch"];

export function exportRun(): Command {
  return new Command("export")
    .description("a learned optimiser to carry elsewhere: as a file that another experiment applies, or for PyTorch")
    .argument("<run>", "id of the meta-training, or its beginning")
    .option("--to <path>", "where it is written (default: METHOD-RUN.safetensors, or the folder METHOD-RUN)")
    .addOption(
      new Option("--format <name>", "metamd: the file that learnedFiles of a config take; pytorch: a folder")
        .choices(FORMATS)
        .default("metamd"),
    )
    .addHelpText(
      "after",
      "\nThe folder for PyTorch has a torch.optim class, what was learned, and a README: docs/take-home.md.",
    )
    .addHelpText("after", "\nExamples:\n  metamd export 1f3a --to metamd.safetensors")
    .addHelpText("after", "  metamd export 1f3a --format pytorch --to metamd-torch")
    .action(async (run: string, _own: unknown, command: Command) => {
      const { results, data, format, to, json, quiet } = command.optsWithGlobals<Flags>();
      const { exportLearned } = await import("../runs/index.js");
      const { path, file } = exportLearned({ results, data, run, format, to });
      const { numerics, method, run: learnedBy, domains } = file;
      if (json) return printJson({ path, numerics, method, run: learnedBy, domains });
      print(printableName(path));
      const { numericsInWords } = await import("../records/numerics.js");
      const made = `learned on ${domains.join(", ")} with ${numericsInWords(numerics)}`;
      if (!quiet) notice(`${method} of run ${learnedBy}, ${made}`);
    });
}
