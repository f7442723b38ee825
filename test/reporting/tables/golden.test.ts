import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../../../src/core/files.js";
import { paperResults } from "../../../src/reporting/paper/paper-results.js";
import { makeTable, tablesOf } from "../../../src/reporting/tables/make-table.js";
import { filesOf } from "../../../src/reporting/tables/write.js";
import { fixtureEvidence } from "../fixtures.js";
import { SHOWS } from "../../support/studies.js";

// Made by scripts/golden/tables.js from test/fixtures.
const golden = join(packageRoot(), "test/golden/tables");
const made = Object.assign(
  {},
  ...Object.keys(tablesOf(SHOWS))
    .map((id) => makeTable(fixtureEvidence(), id))
    .filter(({ panels }) => panels.length > 0)
    .map(filesOf),
) as Record<string, string>;
const csvFiles = Object.keys(made).filter((name) => name.endsWith(".csv") && !name.endsWith("_state.csv"));
const read = (name: string): string[][] => parse(made[name]!);

describe("every table in every format", () => {
  test("is one of the golden files", () => {
    expect(Object.keys(made).sort()).toEqual(readdirSync(golden).sort());
  });

  test.each(Object.keys(made))("%s", (name) => {
    expect(made[name]).toBe(readFileSync(join(golden, name), "utf8"));
  });
});

describe("CSV files", () => {
  const WORDS = ["experiment", "method", "dataset", "group", "run"];
  test.each(csvFiles)("%s has numbers, or nothing, in all other columns", (name) => {
    const [heading, ...rows] = read(name) as [string[], ...string[][]];
    const numbers = heading.flatMap((column, i) => (WORDS.includes(column) ? [] : [i]));
    const cells = rows.flatMap((row) => numbers.map((i) => row[i]!)).filter((cell) => cell !== "");
    expect(cells.length).toBeGreaterThan(0);
    for (const cell of cells) expect(cell).toMatch(/^(-?\d+(\.\d+)?(e[-+]\d+)?|Infinity)$/);
  });

  const pairs = (columns: readonly string[]): string[] =>
    columns.flatMap((column) => [`${column}_mean`, `${column}_std`]);
  const PHOTOS = pairs(["Caltech", "DTD", "Flowers", "Pubfig"]);
  test.each([
    ["table1_top.csv", ["method", ...pairs(["0", "15", "30", "45", "60", "75"])]],
    ["table1_bottom.csv", ["method", ...pairs(["MNIST", "QMNIST", "KMNIST", "FashionMNIST", "USPS", "SVHN"])]],
    ["table2.csv", ["method", ...pairs(["CIFAR10"])]],
    ["table3.csv", ["method", ...PHOTOS]],
    [
      "table4.csv",
      [
        ...["dataset", "group", "train", "validation", "test", "classes"],
        ...["train", "test", "classes"].map((one) => `paper_${one}`),
      ],
    ],
    ["table5.csv", ["method", ...pairs(["CIFAR10"])]],
    ["table6.csv", ["method", ...PHOTOS, "average_rank"]],
    ["table7.csv", ["method", "ms_mean", "ms_std", "ratio_sgdm", "paper_ratio"]],
    ["table8.csv", ["method", ...PHOTOS, "average_rank", "paper_average_rank"]],
    ["table9.csv", ["method", "count", "paper_count"]],
  ])("%s has the columns that readers know", (name, columns) => {
    expect(read(name)[0]).toEqual([...columns, "numerics"]);
  });

  test("have the paper's rows first, in its order", () => {
    for (const { id, panels } of paperResults().tables) {
      if (panels.length > 1 || Object.keys(panels[0]!.rows).length === 0) continue;
      const rows = read(`${id}.csv`)
        .slice(1)
        .map(([row]) => row);
      const printed = Object.keys(panels[0]!.rows);
      expect(rows.slice(0, printed.length), id).toEqual(printed);
    }
    const ofTable8 = ["accuracy", "auc"].flatMap((panel) =>
      ["sgd_momentum", "adam", "metamd"].map((method) => `${method}_${panel}`),
    );
    expect(
      read("table8.csv")
        .slice(1)
        .map(([row]) => row),
    ).toEqual(ofTable8);
  });
});
