// metamd claims: the paper's claims and printed numbers against the records.
import { Command, Option } from "commander";
import type { GlobalFlags } from "./shared/globals.js";
import { print, printJson, printWithGrey, terminalWidth } from "./shared/print.js";
interface Flags extends GlobalFlags {
  format: "text" | "csv" | "markdown";
  cells: boolean;
}

export function claims(): Command {
  return new Command("claims")
    .description("check the paper's claims against the records: verdict, test and reason for each")
    .argument("[experiment]", "one of the paper's experiments, like E2 (default: all)")
    .addOption(new Option("--format <name>", "how it is printed").choices(["text", "csv", "markdown"]).default("text"))
    .option("--cells", "show every printed number beside ours instead", false)
    .addHelpText(
      "after",
      "\nOf several presets the one nearest to the paper counts, with the latest numerics; --preset chooses another.",
    )
    .addHelpText("after", "\nExample: metamd claims E2 --preset desk")
    .action(async (id: string | undefined, _own: unknown, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const { lookup } = await import("../core/registry.js");
      const { compareCells, judgeClaims, paperResults, readEvidence, renderCells, renderClaims } =
        await import("../reporting/index.js");
      if (id !== undefined) lookup(paperResults().compared, id, "experiment");
      const { showsOf } = await import("../studies/index.js");
      const evidence = readEvidence(flags.results, await showsOf(), flags.preset);
      if (flags.cells) {
        const cells = compareCells(evidence, id);
        return flags.json ? printJson(plain(cells)) : print(renderCells(cells, flags.format, terminalWidth()));
      }
      const verdicts = judgeClaims(evidence, id);
      if (flags.json) return printJson(plain(verdicts));
      printWithGrey(renderClaims(verdicts, flags.format, terminalWidth()), (claim) => / direction only: /.test(claim));
    });
}

/** What is not a finite number is text, as everywhere in JSON. */
const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_key, one: unknown) =>
      typeof one === "number" && !Number.isFinite(one) ? String(one) : one,
    ),
  );
