import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cohenDz, rankBiserial } from "../../../src/reporting/statistics/effect-sizes.js";
import { compareRanks, criticalDifference, meanRanks, ranks } from "../../../src/reporting/statistics/ranks.js";
import { holm } from "../../../src/reporting/statistics/holm.js";
import { bootstrapInterval, tInterval } from "../../../src/reporting/statistics/intervals.js";
import { pairsOf } from "../../../src/reporting/statistics/pairs.js";
import { signFlip } from "../../../src/reporting/statistics/sign-flip.js";
import { pairedT, welchOfGroups } from "../../../src/reporting/statistics/t-tests.js";
import type { Alternative, TestResult } from "../../../src/reporting/statistics/test-result.js";
import { wilcoxon } from "../../../src/reporting/statistics/wilcoxon.js";
import { groupOf } from "./groups.js";

type Paired = (a: readonly number[], b: readonly number[], alternative: Alternative) => TestResult;
const TESTS: Readonly<Record<string, Paired>> = {
  pairedT: (a, b, alternative) => pairedT(pairsOf(a, b), alternative),
  welch: (a, b, alternative) => welchOfGroups(groupOf(a), groupOf(b), alternative),
  wilcoxon: (a, b, alternative) => wilcoxon(pairsOf(a, b), alternative),
  signFlip: (a, b, alternative) => signFlip(pairsOf(a, b), alternative),
};
/** Multiples of 1/8: their sums are exact, so ties stay ties when they are shifted or scaled by a power of 2. */
const value = fc.integer({ min: -80, max: 80 }).map((n) => n / 8);
const measured = fc.oneof({ weight: 9, arbitrary: value }, { weight: 1, arbitrary: fc.constant(Infinity) });
const listOf = (one: fc.Arbitrary<number>): fc.Arbitrary<[number, number][]> =>
  fc.array(fc.tuple(one, one), { minLength: 2, maxLength: 10 });
const split = (pairs: readonly (readonly [number, number])[]): [number[], number[]] => [
  pairs.map(([a]) => a),
  pairs.map(([, b]) => b),
];

describe.each(Object.entries(TESTS))("%s", (_name, run) => {
  test("gives p in [0, 1], or says why it is not defined, also with diverged runs", () => {
    fc.assert(
      fc.property(listOf(measured), (pairs) => {
        for (const alternative of ["two-sided", "greater", "less"] as const) {
          const { p, statistic, undefinedBecause } = run(...split(pairs), alternative);
          if (p === undefined) expect([statistic, undefinedBecause?.length]).toEqual([undefined, expect.any(Number)]);
          else {
            expect(p).toBeGreaterThanOrEqual(0);
            expect(p).toBeLessThanOrEqual(1);
            expect(statistic).not.toBeNaN();
            expect(undefinedBecause).toBeUndefined();
          }
        }
      }),
    );
  });

  test("does not change with the order of the pairs, a shift or a scale", () => {
    fc.assert(
      fc.property(listOf(value), value, fc.constantFrom(0.25, 2, 8), (pairs, shift, scale) => {
        const [a, b] = split(pairs);
        const { p } = run(a, b, "greater");
        const moved = (values: readonly number[]): number[] => values.map((one) => scale * (one + shift)).reverse();
        const other = run(moved(a), moved(b), "greater").p;
        if (p === undefined) expect(other).toBeUndefined();
        else expect(other).toBeCloseTo(p, 10);
      }),
    );
  });

  test("mirrors when the two change places, and two sides are twice the nearer one", () => {
    fc.assert(
      fc.property(listOf(measured), (pairs) => {
        const [a, b] = split(pairs);
        const [greater, less] = [run(a, b, "greater").p, run(a, b, "less").p];
        expect(run(b, a, "less").p === undefined).toBe(greater === undefined);
        if (greater === undefined || less === undefined) return;
        expect(run(b, a, "less").p).toBeCloseTo(greater, 12);
        expect(run(a, b, "two-sided").p).toBeCloseTo(Math.min(1, 2 * Math.min(greater, less)), 12);
      }),
    );
  });
});

describe("tests that are not defined say why", () => {
  test.each([
    [pairedT(pairsOf([1], [2]), "less"), "fewer than two pairs"],
    [pairedT(pairsOf([1, 2], [2, 3]), "less"), "all differences are equal"],
    [pairedT(pairsOf([1, Infinity], [2, 3]), "less"), "a value is not finite"],
    [pairedT(pairsOf([1, Infinity], [2, Infinity]), "less"), "a value is not finite"],
    [welchOfGroups(groupOf([1, 1]), groupOf([2, 2]), "less"), "neither group has any spread"],
    [welchOfGroups(groupOf([1, 2]), groupOf([2, Infinity]), "less"), "a value is not finite"],
    [welchOfGroups({ mean: 1, std: 1, n: 1 }, { mean: 1, std: 1, n: 9 }, "less"), "fewer than two values in a group"],
    [wilcoxon(pairsOf([1, Infinity], [1, Infinity]), "less"), "no pair differs"],
    [signFlip(pairsOf([], []), "less"), "no pair differs"],
  ])("%j", (result, why) => expect(result).toMatchObject({ undefinedBecause: why }));

  test("and values that are not pairs are a defect", () => {
    expect(() => pairedT(pairsOf([1, 2], [1]), "less")).toThrow("2 values cannot be paired with 1");
  });
});

describe("permutations of signs", () => {
  test("of five pairs that all agree have p = 1 / 32", () => {
    expect(signFlip(pairsOf([1, 2, 3, 4, 5], [0, 0, 0, 0, 0]), "greater").p).toBe(1 / 32);
    expect(signFlip(pairsOf([1, 2, 3, 4, 5], [0, 0, 0, 0, 0]), "less").p).toBe(1);
    expect(wilcoxon(pairsOf([1, 2, 3, 4, 5], [0, 0, 0, 0, 0]), "greater").p).toBe(1 / 32);
  });

  test("are on signed ranks once a run has diverged", () => {
    const result = signFlip(pairsOf([1, 2, 3, 4, 5], [Infinity, 2.5, 3.5, 4.5, 4.75]), "less");
    expect(result).toMatchObject({ test: "sign-flip permutation test on signed ranks", n: 5 });
    expect(result.p).toBe(wilcoxon(pairsOf([1, 2, 3, 4, 5], [Infinity, 2.5, 3.5, 4.5, 4.75]), "less").p);
  });

  test("of many pairs are drawn, the same ones every time, and come near the exact share", () => {
    const a = Array.from({ length: 21 }, (_one, i) => ((i * 37) % 11) - 4.5);
    const zero = a.map(() => 0);
    const drawn = signFlip(pairsOf(a, zero), "greater");
    expect(drawn.test).toBe("sign-flip permutation test (99999 drawn)");
    expect(signFlip(pairsOf(a, zero), "greater")).toEqual(drawn);
    expect(signFlip(pairsOf(a, zero), "greater", 1).p).not.toBe(drawn.p);
    expect(Math.abs(drawn.p! - pairedT(pairsOf(a, zero), "greater").p!)).toBeLessThan(0.02);
  });
});

test("Holm's correction is monotone, never smaller, and the smallest is Bonferroni's", () => {
  expect(holm([0.01, undefined, 0.04, 0.03, 0.005])).toEqual([0.03, undefined, 0.06, 0.06, 0.02]);
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 }), (p) => {
      const corrected = holm(p) as number[];
      const order = p.map((_one, i) => i).sort((i, j) => p[i]! - p[j]!);
      order.slice(1).forEach((i, place) => expect(corrected[i]).toBeGreaterThanOrEqual(corrected[order[place]!]!));
      p.forEach((one, i) => expect(corrected[i]).toBeGreaterThanOrEqual(one));
      expect(corrected[order[0]!]).toBe(Math.min(1, p[order[0]!]! * p.length));
    }),
  );
});

describe("effect sizes", () => {
  test("by hand", () => {
    expect(cohenDz(pairsOf([2, 4, 6], [1, 2, 3]))).toBeCloseTo(2, 14);
    expect(rankBiserial(pairsOf([5, 1, 3], [1, 2, 5]))).toBeCloseTo(0, 14);
    expect(rankBiserial(pairsOf([1, 2, Infinity], [2, 3, 4]))).toBeCloseTo(0, 14);
  });

  test("of what has none", () => {
    expect([
      cohenDz(pairsOf([1], [2])),
      cohenDz(pairsOf([1, 2], [2, 3])),
      cohenDz(pairsOf([1, Infinity], [2, 3])),
    ]).toEqual([...[undefined, undefined, undefined]]);
    expect(rankBiserial(pairsOf([1, 2], [1, 2]))).toBeUndefined();
  });
});

describe("intervals", () => {
  test("hold their mean, and are the same every time", () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 2, maxLength: 8 }), (values) => {
        const centre = values.reduce((sum, one) => sum + one, 0) / values.length;
        for (const [low, high] of [tInterval(values)!, bootstrapInterval(values)!]) {
          expect(low).toBeLessThanOrEqual(centre + 1e-9);
          expect(high).toBeGreaterThanOrEqual(centre - 1e-9);
        }
        expect(bootstrapInterval(values)).toEqual(bootstrapInterval(values));
      }),
      { numRuns: 20 },
    );
  });

  test("of one value, or a diverged run, there is none", () => {
    expect([
      tInterval([1]),
      tInterval([1, Infinity]),
      bootstrapInterval([1]),
      bootstrapInterval([1, Infinity]),
    ]).toEqual([...[undefined, undefined, undefined, undefined]]);
    expect(bootstrapInterval([2, 2, 2])).toEqual([2, 2]);
  });

  test("of the bootstrap come near Student's for many values", () => {
    const values = Array.from({ length: 60 }, (_one, i) => Math.sin(i * 12.9898) * 3);
    const [t, bootstrap] = [tInterval(values)!, bootstrapInterval(values)!];
    t.forEach((end, i) => expect(Math.abs(end - bootstrap[i]!)).toBeLessThan(0.1));
  });
});

describe("ranks", () => {
  test("share ties and put infinity last", () => {
    expect(ranks([3, 1, 3, Infinity, 2, Infinity])).toEqual([3.5, 1, 3.5, 5.5, 2, 5.5]);
    expect(meanRanks([[90, 95, 95]], true)).toEqual([3, 1.5, 1.5]);
    expect(meanRanks([], true)).toEqual([]);
  });

  test("sum to n (n + 1) / 2", () => {
    fc.assert(
      fc.property(fc.array(measured, { maxLength: 12 }), (values) => {
        const sum = ranks(values).reduce((total, rank) => total + rank, 0);
        expect(sum).toBe((values.length * (values.length + 1)) / 2);
      }),
    );
  });

  test("differ by Nemenyi's critical difference: published q at 5 percent", () => {
    const published = [1.96, 2.343, 2.569, 2.728, 2.85, 2.949, 3.031, 3.102, 3.164];
    published.forEach((q, i) => {
      const k = i + 2;
      expect(criticalDifference(k, 6) / Math.sqrt((k * (k + 1)) / 36)).toBeCloseTo(q, 2);
    });
  });

  test("are compared where there is something to compare", () => {
    const row = [1, 2, 3];
    expect(compareRanks([row], false).friedman.undefinedBecause).toBe("fewer than two datasets");
    expect(
      compareRanks(
        [
          [1, 2],
          [1, 2],
        ],
        false,
      ).friedman.undefinedBecause,
    ).toBe("fewer than three methods");
    expect(
      compareRanks(
        [
          [1, 1, 1],
          [2, 2, 2],
        ],
        false,
      ).imanDavenport.undefinedBecause,
    ).toBe("every dataset ties all methods");
    const agreed = compareRanks([row, row, row], false);
    expect(agreed).toMatchObject({ meanRanks: row, friedman: { statistic: 6 }, imanDavenport: { p: 0 } });
    expect(compareRanks([row, row, row], true).meanRanks).toEqual([3, 2, 1]);
  });
});
