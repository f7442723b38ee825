import { expect, test } from "vitest";
import { EXIT } from "../../../src/core/errors.js";
import { explain, explainJson, findCells } from "../../../src/reporting/tables/explain.js";
import { makeTable } from "../../../src/reporting/tables/make-table.js";
import { userError } from "../../support/folder.js";
import { fixtureEvidence } from "../fixtures.js";
import { SHOWS } from "../../support/studies.js";

const evidence = fixtureEvidence();
const table2 = makeTable(evidence, "table2");

test("a cell is explained by its runs", () => {
  const [found] = findCells(table2, "SGD-M", "cifar10");
  const lines = explain(found!, "results").split("\n");
  expect(lines.slice(0, 4)).toEqual([
    "table2, SGD-M, CIFAR10: 12.5 ± 7.07107 (2 numbers)",
    "paper: 91.37 ± 0.45",
    "experiment: E4, results/cifar10-desk",
    expect.stringMatching(/^config: cifar10, preset desk, hash [0-9a-f]{16}, numerics 2$/),
  ]);
  expect(lines[4]).toBe("marks: a part of the official data; preset desk, not the paper's sizes");
  expect(lines.at(-1)).toBe(
    "hint: a better value may be outside the grid: add values to tuning.space, or --set tuning.extendGrid=true",
  );
  expect(lines.at(-2)).toMatch(
    /^run ([0-9a-f]{16}): trial 1, seed 1, value \S+, learning rate 0\.1, weight decay 0\.0001.*, results\/cifar10-desk\/runs\/\1\/record\.json$/,
  );
});

test("for machines it has the same", () => {
  const [found] = findCells(table2, "adam", "CIFAR10");
  expect(explainJson(found!)).toMatchObject({
    panel: "table2",
    method: "adam",
    column: "CIFAR10",
    experiment: "E4",
    mean: 10,
    n: 2,
    provenance: { folder: "cifar10-desk", preset: "desk", config: "cifar10" },
    runs: [{ state: "diverged", learningRate: 1e30 }, { state: "diverged" }],
    marks: [{ kind: "diverged" }, { kind: "partial-data" }, { kind: "reduced" }],
    paper: { mean: 91.64, std: 0.56, bold: false },
  });
});

test("a run says how clearly tuning chose its point", () => {
  const [found] = findCells(table2, "SGD-M", "CIFAR10");
  const of = (images: number, tied: number): string => {
    const samples = [{ ...found!.cell.samples[0]!, margin: { images, errorImages: 7.0625, tied } }];
    return explain({ ...found!, cell: { ...found!.cell, samples } }, "results")
      .split("\n")
      .at(-2)!;
  };
  expect(of(12.5, 0)).toContain(", tuning: 12.5 validation images ahead of the best other point, ");
  expect(of(-1, 2)).toContain(
    ", tuning: tied with 2 other points within one standard error (7.1 images), lower training loss decided, " +
      "1 validation image behind the best other point, ",
  );
  expect(of(0, 1)).toContain("tied with 1 other point within");
});

test("what is lost, or was never there, is said", () => {
  const explained = (id: Parameters<typeof makeTable>[1], row: string, column: string): string =>
    findCells(makeTable(evidence, id), row, column)
      .map((cell) => explain(cell, "results"))
      .join("\n");
  expect(explained("table1", "metamd", "SVHN")).toContain("no number\npaper: lost in its text");
  expect(explained("table9", "aruba", "count")).toMatch(
    /paper: has no such cell[^]*\nanalysis [0-9a-f]{16}: value 11176512/,
  );
  expect(explained("table7", "metamd", "ratio_sgdm")).toMatch(/\nratio_sgdm is derived from the row: ms \d+\.\d+$/m);
  const none = { results: "results", experiments: [], analyses: [], studies: SHOWS };
  const [cell] = findCells(makeTable(none, "table2"), "adam", "CIFAR10");
  expect(explain(cell!, "results")).toContain("experiment: E4, no records in results");
});

test("a row and column that two panels have are explained twice", () => {
  const found = findCells(makeTable(evidence, "table8"), "metamd", "DTD");
  expect(found.map(({ panel }) => panel.id)).toEqual(["table8_accuracy", "table8_auc"]);
  expect(findCells(makeTable(evidence, "table1"), "adam", "MNIST").map(({ panel }) => panel.id)).toEqual([
    "table1_bottom",
  ]);
});

test("unknown methods and columns are errors that list the known ones", () => {
  const method = userError(() => findCells(table2, "adamax", "CIFAR10"));
  expect(method.exitCode).toBe(EXIT.usage);
  expect(method.message).toBe(
    '--explain: unknown method "adamax"\n' +
      "  accepted: kfac, sgd_momentum, adam, adamw, power_sign, add_sign, meta_sgd, metamd\n" +
      "  hint: did you mean adam?",
  );
  expect(userError(() => findCells(table2, "adam", "STL10")).message).toBe(
    '--explain: unknown column "STL10"\n  accepted: CIFAR10\n  hint: choose one of these',
  );
  expect(userError(() => findCells(makeTable(evidence, "table4"), "Petts", "train")).message).toContain(
    'unknown dataset "Petts"\n  accepted: Aircraft, Butterfly, Pets,',
  );
});
