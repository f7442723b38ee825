// metamd inspect: what a learned optimiser, a safetensors file, a record or a plan holds.
import { Command } from "commander";
import { columns, wrapped } from "../core/columns.js";
import { groupBy } from "../core/group.js";
import type { Inspection } from "../records/inspect.js";
import type { Plan } from "../records/plan.js";
import type { GlobalFlags } from "./shared/globals.js";
import { print, printJson, terminalWidth } from "./shared/print.js";

export function inspect(): Command {
  return new Command("inspect")
    .description("show what a file contains: a learned optimiser, any safetensors file, a run's record, a plan")
    .argument("<file>", "the file, or the folder of one")
    .addHelpText("after", "\nExample: metamd inspect results/quickstart/learned/0123456789abcdef/optimiser.safetensors")
    .action(async (file: string, _own: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags>();
      const { inspectFile } = await import("../records/inspect.js");
      const found = inspectFile(file);
      if (flags.json) printJson(found.kind === "record" ? found.record : found.kind === "plan" ? found.plan : found);
      else print(inspectionText(found));
    });
}

function inspectionText(found: Inspection): string {
  switch (found.kind) {
    case "record":
      return members({ ...found.record, config: undefined });
    case "plan":
      return members(planShown(found.plan));
    case "learned": {
      const { blocks } = found;
      const symbols = [...new Set(blocks.flatMap(({ squaredNorms }) => Object.keys(squaredNorms)))];
      const rows = blocks.map(({ parameter, rows, columns, squaredNorms }) => [
        parameter,
        rows === undefined ? "" : `${rows}x${columns}`,
        ...symbols.map((symbol) => String(squaredNorms[symbol] ?? "")),
      ]);
      const headings = symbols.map((symbol) => ({ a: "s = |a|^2", b: "t = |b|^2" })[symbol] ?? `|${symbol}|^2`);
      return `${members({ ...found, kind: undefined, blocks: undefined })}\n\n${columns(["block", "out x in", ...headings], rows, terminalWidth())}`;
    }
    case "tensors": {
      const rows = found.tensors.map(({ name, type, shape, norm }) => [
        name,
        type,
        `[${shape.join(", ")}]`,
        String(norm),
      ]);
      const metadata = members(found.metadata);
      return `${metadata === "" ? "" : `${metadata}\n\n`}${columns(["tensor", "type", "shape", "norm"], rows, terminalWidth())}`;
    }
  }
}

/** A plan as a person reads it: methods by title, data that are missing by domain, runs by phase. */
function planShown({ methods, missing, cells, ...plan }: Plan): object {
  const phases = [...groupBy(cells, ({ phase }) => phase)].map(([phase, of]) => `${of.length} ${phase}`);
  return {
    ...plan,
    config: undefined,
    methods: methods.map(({ id, title }) => (id === title ? id : `${title} (${id})`)),
    missing: Object.fromEntries(missing.map(({ domain, reason }) => [domain, reason])),
    runs: `${cells.length}: ${phases.join(", ")}`,
  };
}

/** One "path  value" line per member, lists and strings in short; empty lists are left out. */
function members(value: object): string {
  const lines: [string, string][] = [];
  const visit = (held: unknown, path: string): void => {
    if (held === undefined || (Array.isArray(held) && held.length === 0)) return;
    if (held !== null && typeof held === "object" && !Array.isArray(held)) {
      for (const [name, inner] of Object.entries(held)) visit(inner, path === "" ? name : `${path}.${name}`);
      return;
    }
    lines.push([path, Array.isArray(held) ? listed(held) : String(held)]);
  };
  visit(value, "");
  const width = Math.max(0, ...lines.map(([path]) => path.length));
  const indent = " ".repeat(width + 2);
  const line = ([path, text]: [string, string]): string[] =>
    wrapped(`${path.padEnd(width)}  ${text}`, terminalWidth() ?? Infinity, indent);
  return lines.flatMap(line).join("\n");
}

/** "a, b"; of objects "set train, images 40; set train, images 50". */
function listed(list: readonly unknown[]): string {
  const isObject = (one: unknown): one is object => one !== null && typeof one === "object" && !Array.isArray(one);
  const text = (one: unknown): string => (typeof one === "object" ? JSON.stringify(one) : String(one));
  return list
    .map((one) =>
      isObject(one) ? listed(Object.entries(one).map(([name, held]) => `${name} ${text(held)}`)) : text(one),
    )
    .join(list.some(isObject) ? "; " : ", ");
}
