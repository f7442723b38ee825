// Writes the tables of methods in README.md and docs/method-costs.md from the methods' entries (src/optimisers).
// Usage: npm run docs [-- --check]: with --check nothing is written, and stale files are named (exit code 1).
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { format } from "prettier";
import { packageRoot } from "../dist/src/core/files.js";
import { defaultsAsText, describeMethods } from "../dist/src/optimisers/shared/describe.js";

const { values: flags } = parseArgs({ options: { check: { type: "boolean", default: false } } });
const methods = describeMethods();

/** Headings, and cells by method. */
const TABLES = {
  "README.md": [
    ["id", "rule", "learned", "defaults besides learning rate and weight decay"],
    ({ id, summary, learns, defaults }) => [
      `\`${id}\``,
      summary,
      learns === undefined ? "no" : learns.by === id ? "yes" : `yes, with \`${learns.by}\``,
      defaultsAsText(defaults) || "-",
    ],
  ],
  "docs/method-costs.md": [
    ["method", "state: floats per parameter", "learned, and kept", "beyond a gradient and elementwise work"],
    ({ id, statePerParameter, learns, extraWork }) => [
      `\`${id}\``,
      String(statePerParameter),
      learns?.what ?? "-",
      extraWork || "-",
    ],
  ],
};
const [BEGIN, END] = ["<!-- methods: written by npm run docs -->", "<!-- methods end -->"];

const line = (cells) => `| ${cells.join(" | ")} |`;
const stale = [];
for (const [file, [headings, cells]] of Object.entries(TABLES)) {
  const path = join(packageRoot(), file);
  const text = readFileSync(path, "utf8");
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${file} has no place for the table: ${BEGIN} … ${END}`);
  const table = [headings, headings.map(() => "---"), ...methods.map(cells)].map(line).join("\n");
  const fresh = await format(`${text.slice(0, from)}${BEGIN}\n\n${table}\n\n${text.slice(to)}`, {
    parser: "markdown",
    printWidth: 120,
  });
  if (fresh === text) continue;
  stale.push(file);
  if (!flags.check) writeFileSync(path, fresh);
}
if (stale.length > 0) console.log(`${flags.check ? "stale, npm run docs mends it" : "written"}: ${stale.join(", ")}`);
process.exitCode = flags.check && stale.length > 0 ? 1 : 0;
