// Writes the tables of methods in README.md and docs/measurements/method-costs.md from the methods' entries
// (src/optimisers), the table and the picture of rooms in src/README.md from src/rooms.json, README's picture from
// results/reference, and docs/config.md and configs/schema/*.json from the schemas that check configs.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { format } from "prettier";
import { fileSchema } from "../dist/src/config/json-schema.js";
import { packageRoot } from "../dist/src/core/files.js";
import { CONFIG_KINDS, configSchema } from "../dist/src/studies/index.js";
import { roomsPicture, roomsTable } from "./architecture.js";
import { configReference } from "./config-reference.js";
import { readmePicture } from "./readme-picture.js";
import { defaultsAsText, describeMethods } from "../dist/src/optimisers/shared/describe.js";
import { commandLine } from "./command-line.js";

const { flags } = commandLine({
  about: "Writes the tables and the pictures of documents that come from code.",
  options: { check: { about: "write nothing, and name what is stale (exit code 1)" } },
});
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
  "docs/measurements/method-costs.md": [
    ["method", "state: floats per parameter", "learned, and kept", "beyond a gradient and elementwise work"],
    ({ id, statePerParameter, learns, extraWork }) => [
      `\`${id}\``,
      String(statePerParameter),
      learns?.what ?? "-",
      extraWork || "-",
    ],
  ],
};
const line = (cells) => `| ${cells.join(" | ")} |`;
const methodsTable = ([headings, cells]) =>
  [headings, headings.map(() => "---"), ...methods.map(cells)].map(line).join("\n");
const rooms = JSON.parse(readFileSync(join(packageRoot(), "src", "rooms.json"), "utf8"));

/** The text of a file with a table in its place. */
async function withTable(file, what, table) {
  const [begin, end] = [`<!-- ${what}: written by npm run docs -->`, `<!-- ${what} end -->`];
  const text = readFileSync(join(packageRoot(), file), "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file} has no place for the table: ${begin} … ${end}`);
  const whole = `${text.slice(0, from)}${begin}\n\n${table}\n\n${text.slice(to)}`;
  return await format(whole, { parser: "markdown", printWidth: 120 });
}

const schemas = CONFIG_KINDS.map(async (kind) => {
  const schema = await configSchema(kind);
  const text = JSON.stringify(fileSchema(schema(), `metamd ${kind}`));
  return [`configs/schema/${kind}.json`, await format(text, { parser: "json", printWidth: 120 })];
});

const written = {
  "README.md": await withTable("README.md", "methods", methodsTable(TABLES["README.md"])),
  "docs/measurements/method-costs.md": await withTable(
    "docs/measurements/method-costs.md",
    "methods",
    methodsTable(TABLES["docs/measurements/method-costs.md"]),
  ),
  "src/README.md": await withTable("src/README.md", "rooms", roomsTable(rooms)),
  "src/rooms.svg": roomsPicture(rooms),
  "docs/images/rotated-mnist.svg": readmePicture(),
  "docs/config.md": await format(await configReference(), { parser: "markdown", printWidth: 120 }),
  ...Object.fromEntries(await Promise.all(schemas)),
};
const stale = [];
for (const [file, fresh] of Object.entries(written)) {
  const path = join(packageRoot(), file);
  if (existsSync(path) && readFileSync(path, "utf8") === fresh) continue;
  stale.push(file);
  if (flags.check) continue;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, fresh);
}
if (stale.length > 0) console.log(`${flags.check ? "stale, npm run docs fixes it" : "written"}: ${stale.join(", ")}`);
process.exitCode = flags.check && stale.length > 0 ? 1 : 0;
