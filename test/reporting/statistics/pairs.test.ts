import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { scaleOf, pairsOf, pairsOfLogarithms } from "../../../src/reporting/statistics/pairs.js";
import { cohenDz, rankBiserial } from "../../../src/reporting/statistics/effect-sizes.js";
import { compareRanks, meanRanks } from "../../../src/reporting/statistics/ranks.js";
import { signFlip } from "../../../src/reporting/statistics/sign-flip.js";
import { pairedT, welchOfGroups } from "../../../src/reporting/statistics/t-tests.js";
import type { Alternative, TestResult } from "../../../src/reporting/statistics/test-result.js";
import { wilcoxon } from "../../../src/reporting/statistics/wilcoxon.js";
import { groupOf } from "./groups.js";
import { everything } from "../../support/require.js";

const SETS = { numRuns: everything ? 3000 : 300, seed: 13 };
const ALTERNATIVES = ["two-sided", "greater", "less"] as const;

/** Images of a test split, and how many of them a middling trial gets right. */
const split = fc
  .constantFrom(1000, 2007, 10_000, 26_032)
  .chain((images) => fc.integer({ min: images >> 1, max: images - 20 }).map((middle) => ({ images, middle })));
const few = (most: number): fc.Arbitrary<number> => fc.integer({ min: -most, max: most });
const percentOf = (images: number) => (count: number) => 100 * (count / images);

/** Two methods whose trials are a few images apart, in images and in percent. */
const methods = fc
  .tuple(split, fc.array(fc.tuple(few(8), few(5)), { minLength: 3, maxLength: 15 }))
  .map(([{ images, middle }, apart]) => {
    const a = apart.map(([trial]) => middle + trial);
    const b = apart.map(([, difference], i) => a[i]! + difference);
    return { images, counts: [a, b] as const, percent: [a.map(percentOf(images)), b.map(percentOf(images))] as const };
  });

const near = (found: number | undefined, exact: number | undefined): void => {
  if (exact === undefined) expect(found).toBeUndefined();
  else expect(found).toBeCloseTo(exact, 9);
};

/** The same p, or the same reason why there is none. */
function alike(found: TestResult, exact: TestResult): void {
  expect(found.undefinedBecause).toBe(exact.undefinedBecause);
  near(found.p, exact.p);
}

describe("percentages say the same as the whole numbers of images behind them", () => {
  test("ranks and sums: Wilcoxon's test, sign flips, rank-biserial correlation, to the last bit", () => {
    fc.assert(
      fc.property(methods, ({ counts, percent }) => {
        const [exact, found] = [pairsOf(...counts), pairsOf(...percent)];
        for (const alternative of ALTERNATIVES) {
          expect(wilcoxon(found, alternative)).toEqual(wilcoxon(exact, alternative));
          expect(signFlip(found, alternative).p).toBe(signFlip(exact, alternative).p);
        }
        expect(rankBiserial(found)).toBe(rankBiserial(exact));
      }),
      SETS,
    );
  });

  test("t tests and effect sizes, to nine digits", () => {
    fc.assert(
      fc.property(methods, ({ counts, percent }) => {
        const [exact, found] = [pairsOf(...counts), pairsOf(...percent)];
        const welch = (groups: readonly [readonly number[], readonly number[]], alternative: Alternative): TestResult =>
          welchOfGroups(groupOf(groups[0]), groupOf(groups[1]), alternative);
        for (const alternative of ALTERNATIVES) {
          alike(pairedT(found, alternative), pairedT(exact, alternative));
          alike(welch(percent, alternative), welch(counts, alternative));
        }
        near(cohenDz(found), cohenDz(exact));
      }),
      SETS,
    );
  });

  describe("means over trials, in which equal totals are ties", () => {
    const rows = fc.array(fc.array(few(3), { minLength: 3, maxLength: 3 }), { minLength: 4, maxLength: 4 });
    const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
    /** Per column the totals of four methods, and their means in percent. */
    const tables = fc.array(fc.tuple(split, rows), { minLength: 3, maxLength: 3 }).map((columns) => {
      const counts = columns.map(([{ middle }, methods]) => methods.map((trials) => trials.map((one) => middle + one)));
      const meanOf = (images: number) => (trials: number[]) => total(trials.map(percentOf(images))) / trials.length;
      return {
        exact: counts.map((methods) => methods.map(total)),
        found: counts.map((methods, i) => methods.map(meanOf(columns[i]![0].images))),
      };
    });

    test("mean ranks", () => {
      fc.assert(
        fc.property(tables, ({ exact, found }) => {
          expect(meanRanks(found, true)).toEqual(meanRanks(exact, true));
        }),
        SETS,
      );
    });

    // A tenth of the sets: finding the critical difference takes milliseconds.
    test("Friedman's test and Iman and Davenport's", () => {
      fc.assert(
        fc.property(tables, ({ exact, found }) => {
          expect(compareRanks(found, true)).toEqual(compareRanks(exact, true));
        }),
        { ...SETS, numRuns: SETS.numRuns / 10 },
      );
    });
  });

  test("a constant difference has no spread: neither t nor d_z is defined, nor of areas in a constant ratio", () => {
    fc.assert(
      fc.property(methods, few(20), ({ images, counts: [a], percent: [percent] }, apart) => {
        const shifted = a.map((count) => percentOf(images)(count - apart));
        const areas = a.map((count) => count / 700);
        const ratio = 1 + apart / 70;
        for (const pairs of [
          pairsOf(percent, shifted),
          pairsOfLogarithms(
            areas.map((area) => area * ratio),
            areas,
          ),
        ]) {
          expect(pairedT(pairs, "greater")).toMatchObject({ undefinedBecause: "all differences are equal" });
          expect(cohenDz(pairs)).toBeUndefined();
          const [differing] = pairs.comparable;
          expect(wilcoxon(pairs, "greater").p).toBe(
            differing === 0 ? undefined : differing! > 0 ? 1 / 2 ** a.length : 1,
          );
        }
      }),
      SETS,
    );
  });
});

describe("scaleOf", () => {
  const cell = (parts: number | undefined, ...values: number[]): Parameters<typeof scaleOf>[0][number] => ({
    values: new Map(values.entries()),
    ...(parts !== undefined && { parts }),
  });

  test("counts images where all cells have equally many, else parts that they have in common", () => {
    const one = scaleOf([cell(2007, 100 * (1999 / 2007)), cell(2007, 50)]);
    expect([one.of(100 * (1999 / 2007)), one.unit * 2007]).toEqual([1999, 100]);
    const two = scaleOf([cell(10_000, 91.23), cell(2007, 100 * (1000 / 2007))]);
    expect([two.of(91.23), two.of(100 * (1000 / 2007))]).toEqual([9123 * 2007, 1000 * 10_000]);
  });

  test("a diverged run's chance need be no whole number of images to be compared with them", () => {
    const { of } = scaleOf([cell(333_300, 100 * (1 / 100), 100 * (1700 / 3333))]);
    expect([of(1), of(100 * (1700 / 3333))]).toEqual([3333, 170_000]);
  });

  test("leaves numbers as they are where a count is not known; a cell without numbers does not matter", () => {
    expect(scaleOf([cell(2007, 50), cell(undefined, 60.5)])).toMatchObject({ unit: 1 });
    expect(scaleOf([cell(2007, 50), cell(undefined, 60.5)]).of(60.5)).toBe(60.5);
    expect(scaleOf([cell(1000, 50), cell(undefined)]).of(50)).toBe(500);
  });
});
