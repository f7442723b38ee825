import { describe, expect, test } from "vitest";
import { overfits, truthOf } from "../../../src/reporting/paper/claims.js";
import { contrastMethods, strongest, type Contrast } from "../../../src/reporting/paper/contrast-methods.js";
import type { Means } from "../../../src/reporting/statistics/means.js";
import type { MeasuredCell } from "../../../src/reporting/measured/measurements.js";

/** Means of 3 trials with as many right in all, 95.6 %, added in another order; the second is an ulp above the first. */
const [BELOW, ABOVE] = [(95.5 + 95.7 + 95.6) / 3, (95.5 + 95.6 + 95.7) / 3] as const;
const means = (rows: Readonly<Record<string, readonly number[]>>): Means => new Map(Object.entries(rows));

test("the two means differ by rounding", () => {
  expect(BELOW).toBeLessThan(ABOVE);
  expect(BELOW).toBeCloseTo(ABOVE, 12);
});

describe("means that differ by rounding alone are ties", () => {
  const metric = "test_accuracy";
  const columns = "all";
  const tied = means({ metamd: [ABOVE], adam: [BELOW], sgd: [90] });
  const areas = means({ metamd: [BELOW], adam: [ABOVE] });

  test("which fail", () => {
    const last = means({ metamd: [ABOVE], adam: [BELOW] });
    expect(truthOf({ kind: "best", metric, method: "metamd", columns }, tied).holds).toBe(false);
    expect(truthOf({ kind: "worst", metric, method: "adam", columns }, last).holds).toBe(false);
    expect(truthOf({ kind: "less", metric: "train_loss_auc", a: ["metamd"], b: ["adam"], columns }, areas).holds).toBe(
      false,
    );
    expect(truthOf({ kind: "rank", metric, method: "metamd", equals: 1 }, tied)).toMatchObject({
      holds: false,
      found: "average rank 1.5, tied at place 1 of 3",
    });
  });

  test("and ratios at their limit reach it", () => {
    const ratio = { kind: "ratio", metric: "time_per_iteration", a: "metamd", b: "adam" } as const;
    expect(BELOW / ABOVE).toBeLessThan(1);
    expect(truthOf({ ...ratio, at_least: 1 }, areas).holds).toBe(true);
    const tenths = means({ metamd: [0.7], adam: [7] });
    expect(0.7 / 7).toBeLessThan(0.1);
    expect(truthOf({ ...ratio, at_least: 0.1 }, tenths).holds).toBe(true);
    const swapped = means({ metamd: [ABOVE], adam: [BELOW] });
    expect(overfits("metamd", "adam", swapped, swapped)).toMatchObject({ share: { held: 1, of: 2 } });
  });
});

test("the strongest of equal rivals is the first of them", () => {
  const cells = (...values: readonly number[]): MeasuredCell[] => [
    { values: new Map(values.map((value, i) => [String(i), value])), runs: [] },
  ];
  const rows = new Map([
    ["sgd", cells(95.5, 95.7, 95.6)],
    ["adam", cells(95.5, 95.6, 95.7)],
  ]);
  expect(strongest(rows, "test_accuracy", true)).toBe("sgd");
});

describe("contrasts of percentages are of the images behind them", () => {
  const cell = (images: number, counts: readonly number[]): MeasuredCell => ({
    values: new Map(counts.map((count, i) => [String(i), 100 * (count / images)])),
    runs: [],
    parts: images,
  });
  const sgd = cell(2007, [1900, 1903, 1899]);
  const adam = cell(2007, [1897, 1900, 1896]);
  const set = (a: MeasuredCell[], b: MeasuredCell[]): Contrast =>
    contrastMethods(["sgd", "adam"], [a, b], "greater", "test_accuracy");

  test("three images more in every trial are a constant difference, which has no d_z", () => {
    const found = set([cell(2007, [1900, 1903, 1899, 1901, 1902])], [cell(2007, [1897, 1900, 1896, 1898, 1899])]);
    expect(found).toMatchObject({ pairs: 5, rankBiserial: 1, test: { p: 1 / 32, statistic: 3 } });
    expect(found.effect).toBeUndefined();
  });

  test("equal counts on another set are left out", () => {
    const same = cell(10_000, [9512, 9520, 9533]);
    expect(set([sgd, same], [adam, same])).toMatchObject({ pairs: 6, rankBiserial: 1, test: { p: 1 / 8 } });
  });
});
