// metamd export: a learned optimiser to carry elsewhere, or the runs' curves for TensorBoard and what reads its files.
import { Command, Option } from "commander";
import { EXIT, UserError } from "../core/errors.js";
import { printableName } from "../core/printable.js";
import type { ExportFormat } from "../runs/index.js";
import type { GlobalFlags } from "./shared/globals.js";
import { notice, print, printJson } from "./shared/print.js";

interface Flags extends GlobalFlags {
  readonly to?: string;
  readonly format?: ExportFormat;
  readonly tensorboard?: string;
}

const FORMATS: readonly ExportFormat[] = ["metamd", "pytorch"];

const HELP = `
Without --tensorboard it exports the learned optimiser of a meta-training. The folder for PyTorch has a torch.optim \
class, what was learned, and a README: docs/take-home.md.

With --tensorboard it exports curves, hyper-parameters and final metrics of every finished run, one folder per run, for \
TensorBoard, Weights & Biases and Aim; the same command again adds what has finished since: docs/tensorboard.md.

Examples:
  metamd export 1f3a --to metamd.safetensors
  metamd export 1f3a --format pytorch --to metamd-torch
  metamd export --tensorboard events
  metamd export quickstart --tensorboard events`;

export function exportRun(): Command {
  return new Command("export")
    .description("export a learned optimiser, for a config or PyTorch; or all runs' curves, for TensorBoard")
    .argument("[name]", "a meta-training's id, or its beginning; with --tensorboard an experiment (default: all)")
    .option("--to <path>", "where the optimiser is written (default: METHOD-RUN.safetensors, or the folder METHOD-RUN)")
    .addOption(
      new Option(
        "--format <name>",
        "metamd: the file that learnedFiles of a config take (default); pytorch: a folder",
      ).choices(FORMATS),
    )
    .addOption(
      new Option("--tensorboard <folder>", "where the runs' event files are written").conflicts(["to", "format"]),
    )
    .addHelpText("after", HELP)
    .action(async (name: string | undefined, _own: unknown, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      if (flags.tensorboard !== undefined) return exportRuns(name, flags.tensorboard, flags);
      if (name !== undefined) return exportOptimiser(name, flags);
      throw new UserError(EXIT.usage, {
        where: "metamd export",
        given: "nothing to export",
        accepted: "the id of a meta-training, or --tensorboard FOLDER",
        hint: "metamd export --tensorboard FOLDER, or metamd status --verbose for ids",
      });
    });
}

async function exportOptimiser(run: string, flags: Flags): Promise<void> {
  const { results, data, format = "metamd", to, json, quiet } = flags;
  const { exportLearned } = await import("../runs/index.js");
  const { path, file } = exportLearned({ results, data, run, format, to });
  const { numerics, method, run: learnedBy, domains } = file;
  if (json) return printJson({ path, numerics, method, run: learnedBy, domains });
  print(printableName(path));
  const { numericsInWords } = await import("../records/numerics.js");
  const made = `learned on ${domains.join(", ")} with ${numericsInWords(numerics)}`;
  if (!quiet) notice(`${method} of run ${learnedBy}, ${made}`);
}

async function exportRuns(experiment: string | undefined, to: string, flags: Flags): Promise<void> {
  const { chosenExperiments } = await import("./shared/experiments.js");
  const { exportTensorboard } = await import("../reporting/index.js");
  const folders = await chosenExperiments(experiment, flags);
  const made = await exportTensorboard({ folders, to });
  if (flags.json) return printJson(made);
  print(printableName(made.path));
  if (flags.quiet) return;
  const { written, kept, without } = made;
  notice(
    `${written} runs written, ${kept} were there, ${without} have no result yet; next: tensorboard --logdir ${to}`,
  );
}
