// metamd methods: every method, what it is and what its step costs.
import { Command } from "commander";
import type { GlobalFlags } from "./globals.js";
import { columns, print, printJson } from "./print.js";

export function methods(): Command {
  return new Command("methods")
    .description("every method: kind, learned or not, hyper-parameters with defaults, cost of a step, source")
    .addHelpText("after", "\nExample: metamd methods --json")
    .action(async (_own: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags>();
      const { describeMethods } = await import("../optimisers/shared/describe.js");
      const described = describeMethods();
      if (flags.json) return printJson(described);
      const rows = described.map(({ id, title, kind, learned, defaults, statePerParameter, extraWork, source }) => [
        id,
        title,
        kind,
        learned ? "yes" : "no",
        Object.entries(defaults)
          .map(([name, value]) => `${name} ${inWords(value)}`)
          .join(", "),
        String(statePerParameter),
        extraWork,
        source,
      ]);
      const headings = ["id", "method", "kind", "learned", "hyper-parameters", "state", "extra work", "source"];
      print(columns(headings, rows));
    });
}

/** A default value in short: a mapping with nothing but a kind is its kind. */
function inWords(value: unknown): string {
  if (value === null || typeof value !== "object") return String(value);
  const entries = Object.entries(value);
  return entries.length === 1 && entries[0]![0] === "kind" ? String(entries[0]![1]) : JSON.stringify(value);
}
