// Makes test/golden/tables from test/fixtures: every table in every format.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readEvidence } from "../../dist/src/reporting/evidence.js";
import { makeTable, tablesOf } from "../../dist/src/reporting/tables/make-table.js";
import { filesOf } from "../../dist/src/reporting/tables/write.js";
import { showsOf } from "../../dist/src/studies/index.js";
import { commandLine } from "../command-line.js";

commandLine({ about: "Makes test/golden/tables from test/fixtures: every table in every format." });
const test = join(dirname(fileURLToPath(import.meta.url)), "../../test");
const shows = await showsOf();
const evidence = readEvidence(join(test, "fixtures/results"), shows);
const target = join(test, "golden/tables");
rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
const tables = Object.keys(tablesOf(shows)).map((id) => makeTable(evidence, id));
for (const table of tables.filter(({ panels }) => panels.length > 0))
  for (const [name, text] of Object.entries(filesOf(table))) writeFileSync(join(target, name), text);
