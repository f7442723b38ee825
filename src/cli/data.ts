// metamd data: which datasets are here, take official files over, check them.
import { Command } from "commander";
import { EXIT, UserError } from "../core/errors.js";
import type { GlobalFlags } from "./globals.js";
import { columns, notice, print, printJson } from "./print.js";

interface ImportFlags extends GlobalFlags {
  readonly partial?: boolean;
  readonly move?: boolean;
}

export function data(): Command {
  return new Command("data")
    .description("datasets: what is here, import official files, verify them")
    .addCommand(list())
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
      const { loadManifest } = await import("../data/manifest.js");
      const { datasetStatus } = await import("../data/store/store.js");
      const statuses = Object.keys(loadManifest()).map((id) => datasetStatus(flags.data, id));
      if (flags.json) return printJson(statuses);
      const rows = statuses.map(({ id, state, source, counts, bytesNeeded, licence }) => [
        id,
        source === undefined ? state : `${state} (${source})`,
        `${counts.train ?? 0}`,
        `${counts.validation ?? ""}`,
        `${counts.test ?? 0}`,
        `${bytesNeeded}`,
        licence,
      ]);
      print(columns(["dataset", "state", "train", "validation", "test", "bytes needed", "licence"], rows));
    });
}

function importFiles(): Command {
  return new Command("import")
    .description("take official files over from a folder, checked against the manifest's checksums")
    .argument("<id>", "the dataset")
    .argument("<paths...>", "a folder, or the files")
    .option("--partial", "accept a part of the set or other files, and mark the dataset partial")
    .option("--move", "delete the given files afterwards")
    .addHelpText("after", "\nExample: metamd data import mnist ~/Downloads/mnist")
    .action(async (id: string, paths: string[], _own: unknown, command: Command) => {
      const flags = command.optsWithGlobals<ImportFlags>();
      const { importDataset } = await import("../data/store/import.js");
      const report = await importDataset(flags.data, id, paths, {
        ...(flags.partial !== undefined && { partial: flags.partial }),
        ...(flags.move !== undefined && { move: flags.move }),
        onFile: (name, from) => {
          if (!flags.quiet) notice(`${name} from ${from}`);
        },
      });
      for (const warning of report.warnings) notice(`warning: ${warning}`);
      if (flags.json) return printJson(report);
      const missing = report.missing.length > 0 ? `; missing ${report.missing.join(", ")}` : "";
      print(`${id}: ${report.state}, ${report.stored.length} files stored${missing}`);
    });
}

function verify(): Command {
  return new Command("verify")
    .description("hash every stored file again; exit code 3 when one is missing or changed")
    .argument("[ids...]", "datasets (default: all that were imported)")
    .addHelpText("after", "\nExample: metamd data verify mnist")
    .action(async (ids: string[], _own: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags>();
      const { verifyDatasets } = await import("../data/store/verify.js");
      const { inWords } = await import("../data/store/checksum.js");
      const verdicts = await verifyDatasets(flags.data, ids);
      if (flags.json) printJson(verdicts);
      else if (verdicts.length === 0) print("nothing to verify: no files stored");
      else
        print(
          columns(
            ["dataset", "file", "state"],
            verdicts.map(({ id, name, state }) => [id, name, state]),
          ),
        );
      const faults = verdicts
        .filter(({ state }) => state !== "ok")
        .map(({ id, path, expected, found }) => ({
          where: path,
          given: found === undefined ? "missing" : inWords(found),
          accepted: inWords(expected),
          remedy: `metamd data import ${id} PATH`,
        }));
      if (faults.length > 0) throw new UserError(EXIT.data, faults);
    });
}
