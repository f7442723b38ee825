import { join } from "node:path";
import { expect, test } from "vitest";
import { readEvidence } from "../../../src/reporting/evidence.js";
import type { Table } from "../../../src/reporting/table/table.js";
import { tableText } from "../../../src/reporting/table/text.js";
import { scorePanels, timePanels } from "../../../src/reporting/tables/scores.js";
import { scratchFolder } from "../../support/folder.js";
import { SHOWS } from "../../support/studies.js";
import { lossAt, STEPS, trialRun, writeRuns } from "../figures/fixtures.js";

const METHODS = ["sgd", "sgd_momentum", "adam", "metamd"];
const SETS = ["mnist", "svhn"];
const results = join(scratchFolder(), "results");
const counts = { steps: STEPS, epochs: 1, testReads: 1 };
/** Test accuracies by method, on each set: Adam's are equal to SGD's on the second. */
const ACCURACIES: Readonly<Record<string, readonly [number, number]>> = {
  sgd: [0.7, 0.6],
  sgd_momentum: [0.8, 0.5],
  adam: [0.6, 0.6],
  metamd: [0.9, 0.8],
};
writeRuns(
  results,
  "E3",
  SETS,
  SETS.flatMap((set, place) =>
    METHODS.flatMap((method) =>
      [0, 1].map((trial) =>
        trialRun(method, set, trial, {
          more: { counts },
          metrics: { testAccuracy: ACCURACIES[method]![place]!, auc: 10 },
        }),
      ),
    ),
  ),
);
const evidence = readEvidence(results, SHOWS);

/** Loss of a window of three steps, and the first step at which a trial's is a goal or less. */
const windowAt = (method: string, end: number, trial: number): number =>
  [0, 1, 2].reduce((sum, back) => sum + lossAt(method, end - back, trial), 0) / 3;
const stepsTo = (method: string, goal: number, trial: number): number =>
  Array.from({ length: STEPS / 3 }, (_none, i) => 3 * (i + 1)).find((end) => windowAt(method, end, trial) <= goal) ??
  Infinity;
const medianTo = (method: string, goal: number): number => (stepsTo(method, goal, 0) + stepsTo(method, goal, 1)) / 2;
const endOf = (method: string): number => (windowAt(method, STEPS, 0) + windowAt(method, STEPS, 1)) / 2;

const numberIn = ({ rows, columns }: Table, row: string, column: string): number | undefined =>
  rows.find(({ id }) => id === row)!.cells[columns.findIndex(({ id }) => id === column)]!.mean;

test("the times to the target are medians of the trials, and what does not get there says so", () => {
  const [first, second, ...more] = timePanels(evidence);
  expect(more).toEqual([]);
  const target = 1.05 * endOf("sgd");
  expect(numberIn(first!, "sgd", "target")).toBeCloseTo(target, 12);
  expect(Number.isFinite(medianTo("sgd", target))).toBe(true);
  expect(numberIn(first!, "sgd", "steps")).toBe(medianTo("sgd", target));
  expect(numberIn(first!, "sgd", "seconds")).toBeCloseTo(medianTo("sgd", target) / 10, 12);
  expect(numberIn(first!, "metamd", "steps")).toBe(Infinity);
  expect(tableText(second!)).toMatch(/MetaMD +0 of 2 +not there +not there +not there/);
});

test("steps saved are of SGD-M's run, until a method has the loss that SGD-M ends with", () => {
  const [scores] = scorePanels(evidence);
  const goal = endOf("sgd_momentum");
  const saved = 100 * (1 - medianTo("sgd", goal) / STEPS);
  expect(saved).toBeGreaterThan(20);
  expect(numberIn(scores!, "sgd", "steps_saved")).toBeCloseTo(saved, 10);
  expect(numberIn(scores!, "metamd", "steps_saved")).toBe(0);
});

test("mean ranks share places, and come with the distance that makes a difference", () => {
  const [scores] = scorePanels(evidence);
  const ranks = METHODS.map((method) => numberIn(scores!, method, "mean_rank"));
  expect(ranks).toEqual([(3 + 2.5) / 2, (2 + 4) / 2, (4 + 2.5) / 2, 1]);
  // Demšar 2006, Table 5: q at 5 % of four methods is 2.569; √(4 · 5 / (6 · 2)) of two data sets.
  expect(numberIn(scores!, "sgd", "critical_difference")).toBeCloseTo(2.569 * Math.sqrt(20 / 12), 2);
  expect(scores!.notes).toEqual(["Mean ranks 3.32 apart differ at 5 % (Nemenyi, 4 methods over 2 data sets)."]);
});

test("the profile score is 1 for the only one that solves a problem, and 0 for those that do not", () => {
  const [scores] = scorePanels(evidence);
  expect(numberIn(scores!, "sgd", "profile_steps")).toBe(1);
  expect(numberIn(scores!, "sgd", "solved")).toBe(100);
  expect(numberIn(scores!, "metamd", "profile_steps")).toBe(0);
  expect(numberIn(scores!, "metamd", "solved")).toBe(0);
});
