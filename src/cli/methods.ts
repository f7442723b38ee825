// metamd methods: every method, what it is and what its step costs.
import { Command } from "commander";
import type { GlobalFlags } from "./shared/globals.js";
import { printColumns, printJson } from "./shared/print.js";

export function methods(): Command {
  return new Command("methods")
    .description("every method: kind, learned or not, hyper-parameters with defaults, cost of a step, source")
    .addHelpText("after", "\nExample: metamd methods --json")
    .action(async (_own: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags>();
      const { defaultsAsText, describeMethods } = await import("../optimisers/shared/describe.js");
      const described = describeMethods();
      if (flags.json) return printJson(described);
      const rows = described.map(({ id, title, kind, learned, defaults, statePerParameter, extraWork, source }) => [
        id,
        title,
        kind,
        learned ? "yes" : "no",
        defaultsAsText(defaults),
        String(statePerParameter),
        extraWork,
        source,
      ]);
      const headings = ["id", "method", "kind", "learned", "hyper-parameters", "state", "extra work", "source"];
      printColumns(headings, rows);
    });
}
