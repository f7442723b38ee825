// metamd data: which datasets are here, fetch them, take official files over, check them.
import { Command } from "commander";
import { EXIT, UserError } from "../core/errors.js";
import { printableName } from "../core/printable.js";
import { byteSize, counted } from "../core/wording.js";
import { collect } from "./shared/option-values.js";
import { fetchData } from "./data-fetch.js";
import type { GlobalFlags } from "./shared/globals.js";
import { notice, print, printColumns, printJson, printLines } from "./shared/print.js";

interface ImportFlags extends GlobalFlags {
  readonly partial?: boolean;
  readonly move?: boolean;
  readonly as?: readonly string[];
  readonly checksums?: string;
  readonly trustOnFirstUse?: boolean;
}

export function data(): Command {
  return new Command("data")
    .description("datasets: what is here, fetch or import official files, verify them")
    .addCommand(list())
    .addCommand(fetchData())
    .addCommand(importFiles())
    .addCommand(verify())
    .addHelpText("after", "\nExample: metamd data list");
}

function list(): Command {
  return new Command("list")
    .description("every dataset: state, images, bytes still needed, licence")
    .addHelpText("after", "\nExample: metamd data list --json")
    .action(async (_own: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags>();
      const { everyStatus } = await import("../data/on-disk.js");
      const statuses = everyStatus(flags.data);
      if (flags.json) return printJson(statuses);
      const rows = statuses.map(({ id, state, source, counts, bytesNeeded, unknownLength, licence }) => [
        id,
        source === undefined ? state : `${state} (${source})`,
        `${counts.train ?? 0}`,
        `${counts.validation ?? ""}`,
        `${counts.test ?? 0}`,
        neededText(bytesNeeded, unknownLength.length),
        licence,
      ]);
      printColumns(["dataset", "state", "train", "validation", "test", "still needed", "licence"], rows);
      const byHand = statuses.flatMap(({ id, state, importFrom }) =>
        importFrom === undefined || state === "ready"
          ? []
          : [`${id} cannot be fetched: get it from ${importFrom}, then metamd data import ${id} PATH`],
      );
      if (byHand.length > 0) printLines(byHand);
    });
}

/** "11.6 MB", "1.0 MB and 2 files of unknown size", "nothing". */
function neededText(bytes: number, unknown: number): string {
  const parts = [
    ...(bytes > 0 ? [byteSize(bytes)] : []),
    ...(unknown > 0 ? [`${counted(unknown, "file")} of unknown size`] : []),
  ];
  return parts.join(" and ") || "nothing";
}

function importFiles(): Command {
  return new Command("import")
    .description("import a dataset from files, archives or an extracted folder, checked by the manifest's checksums")
    .argument("<id>", "the dataset, or one of your own (docs/own-dataset.md)")
    .argument("<paths...>", "folders or files")
    .option("--partial", "accept a part of the set or other files, and mark the dataset partial")
    .option("--move", "delete the given files afterwards")
    .option("--as <name=path>", "the official name of a file or folder that has another name (repeatable)", collect)
    .option("--checksums <file>", "a list of the images' SHA-256s (path, sha256, bytes; tsv, tsv.gz, tsv.xz)")
    .option("--trust-on-first-use", "accept files without a known checksum, and require the same bytes from then on")
    .addHelpText("after", IMPORT_HELP)
    .action(async (id: string, paths: string[], _own: unknown, command: Command) => {
      const flags = command.optsWithGlobals<ImportFlags>();
      const { importDataset } = await import("../data/on-disk.js");
      const report = await importDataset(flags.data, id, paths, {
        ...(flags.partial !== undefined && { partial: flags.partial }),
        ...(flags.move !== undefined && { move: flags.move }),
        ...(flags.as !== undefined && { as: flags.as }),
        ...(flags.checksums !== undefined && { checksums: flags.checksums }),
        ...(flags.trustOnFirstUse !== undefined && { trustOnFirstUse: flags.trustOnFirstUse }),
        onNotice: notice,
        onFile: (name, from) => {
          if (!flags.quiet) notice(`${name} from ${printableName(from)}`);
        },
      });
      for (const warning of report.warnings) notice(`warning: ${warning}`);
      if (flags.json) return printJson(report);
      const missing = report.missing.length > 0 ? `; missing ${report.missing.join(", ")}` : "";
      const stored = report.stored.length > 0 ? `, ${report.stored.length} files stored` : "";
      const how = report.stored.length > 0 ? "extracted" : "copied";
      const extracted = report.extracted > 0 ? `, ${report.extracted} files ${how}` : "";
      print(`${id}: ${report.state}${stored}${extracted}${missing}`);
    });
}

const IMPORT_HELP = `
Files are found by their official name, then by length and checksum. Inflated ones, CIFAR-10's pickles and parquet \
files of Hugging Face stand for them (docs/datasets.md). Archives are extracted as fetch would. An extracted folder is \
known by what it must hold; without --checksums or --trust-on-first-use it is taken only with --partial.

With --partial, a file stands for a missing official one when its name has something more between two of its parts \
(train-first7000-images-idx3-ubyte.gz for train-images-idx3-ubyte.gz), and brings along the files with the same addition.

Example: metamd data import mnist ~/Downloads/mnist
Example: metamd data import pubfig83 ~/faces --as pubfig83=~/faces/PubFig83 --checksums sha256.tsv.xz`;

function verify(): Command {
  return new Command("verify")
    .description("hash every stored and extracted file again; exit code 3 when one is missing or changed")
    .argument("[ids...]", "datasets (default: all that are here)")
    .addHelpText("after", "\nExample: metamd data verify mnist")
    .action(async (ids: string[], _own: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags>();
      const { faultsOf, verifyDatasets } = await import("../data/on-disk.js");
      const verdicts = await verifyDatasets(flags.data, ids);
      if (flags.json) printJson(verdicts);
      else if (verdicts.length === 0) print("nothing to verify: no files stored");
      else
        printColumns(
          ["dataset", "file", "state"],
          verdicts.map(({ id, name, state }) => [id, name, state]),
        );
      const faults = faultsOf(flags.data, verdicts);
      if (faults.length > 0) throw new UserError(EXIT.data, faults);
    });
}
