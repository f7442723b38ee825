import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig } from "../../../src/config/load.js";
import { shippedConfigs } from "../../../src/config/shipped.js";
import { EXIT } from "../../../src/core/errors.js";
import { packageRoot } from "../../../src/core/files.js";
import { paperResults } from "../../../src/reporting/paper/paper-results.js";
import { findTable, tablesOf } from "../../../src/reporting/tables/make-table.js";
import {
  CONFIGS,
  isPanelId,
  PANELS,
  PAPER_TABLES,
  type PanelEntry,
  type PanelId,
} from "../../../src/reporting/tables/registry.js";
import { userError } from "../../support/folder.js";
import { SHOWS } from "../../support/studies.js";

const panels = Object.entries<PanelEntry>(PANELS);
const SOURCES = {
  test_accuracy: "accuracy",
  train_loss_auc: "auc",
  time_per_iteration: "study",
  meta_parameter_count: "study",
  dataset_statistics: "study",
  iterations_to_converge: undefined,
};

test("the registry has every printed panel once, with its experiment and what it measures", () => {
  const printed = paperResults().tables.flatMap(({ id, panels }) => panels.map((panel) => `${id} ${panel.id}`));
  expect(panels.map(([, { printed }]) => `${printed.table} ${printed.panel}`)).toEqual(printed);
  for (const [id, entry] of panels) {
    const table = paperResults().tables.find((one) => one.id === entry.printed.table)!;
    const printed = table.panels.find((one) => one.id === entry.printed.panel)!;
    expect(entry.experiment, id).toBe(printed.experiment);
    expect(table.experiments, id).toContain(entry.experiment);
    expect(entry.source, id).toBe(SOURCES[printed.metric]);
    expect(Object.keys(printed.rows).length + (entry.rows?.length ?? 0), id).toBeGreaterThan(0);
  }
});

test("every panel is in one file of its own table", () => {
  const inFiles = Object.entries<Readonly<Record<string, readonly PanelId[]>>>(PAPER_TABLES).flatMap(([table, files]) =>
    Object.values(files)
      .flat()
      .map((panel) => [table, panel]),
  );
  expect(inFiles).toEqual(panels.map(([id, { printed }]) => [printed.table, id]));
});

test("every shipped config of an experiment is the one that the registry names, and its table is of that experiment", () => {
  const found: Record<string, string> = {};
  for (const path of shippedConfigs()) {
    const { experiment, table } = loadConfig({ config: path });
    if (experiment !== undefined && panels.some(([, entry]) => entry.experiment === experiment))
      found[experiment] = path.slice(packageRoot().length + 1);
    if (table === undefined) continue;
    if (!isPanelId(table)) throw new Error(`${path}: no panel ${table}`);
    expect(PANELS[table].experiment).toBe(experiment);
  }
  expect(found).toEqual(CONFIGS);
});

test("the documents name every table, panel and CSV file", () => {
  const text = readFileSync(join(packageRoot(), "docs/tables.md"), "utf8");
  const files = Object.values(tablesOf(SHOWS)).flatMap((held) => Object.keys(held.files));
  for (const id of [...Object.keys(tablesOf(SHOWS)), ...Object.keys(PANELS)]) expect(text).toContain(`\`${id}\``);
  for (const name of files) expect(text).toContain(`${name}.csv`);
  expect(readFileSync(join(packageRoot(), "README.md"), "utf8")).toContain("docs/tables.md");
});

test("names", () => {
  expect(findTable("table8", SHOWS)).toEqual({ table: "table8" });
  expect(findTable("table8_auc", SHOWS)).toEqual({ table: "table8", panel: "table8_auc" });
  const error = userError(() => findTable("tabel2", SHOWS));
  expect(error.exitCode).toBe(EXIT.usage);
  expect(error.message).toMatch(
    /^table: unknown name "tabel2"\n {2}accepted: table1, .*\n {2}hint: did you mean table2\?$/,
  );
});
