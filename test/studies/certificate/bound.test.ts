import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bounds, constantFor, violations, type Conditions } from "../../../src/studies/certificate/bound.js";

describe("the bound", () => {
  const check = {
    meanDivergence: (4.452325 + 3.1 + 5) / 3,
    tasks: 3,
    eta: 0.05,
    steps: 500,
    c: 1.7922952463252253,
    r: 3,
    delta: 0.05,
    sigmaSquared: 0,
  };

  test("has its check values", () => {
    const { printed, corrected } = bounds(check);
    expect(printed).toBeCloseTo(23.96332746638027, 12);
    expect(corrected).toBeCloseTo(3.4443664398553513, 13);
  });

  test("noise enters both twice", () => {
    const [without, noisy] = [bounds(check), bounds({ ...check, sigmaSquared: 0.3 })];
    expect(noisy.printed - without.printed).toBeCloseTo(0.6, 12);
    expect(noisy.corrected - without.corrected).toBeCloseTo(0.6, 12);
  });

  test("only the corrected one goes to 0 with T, and is not blind to r at M = I", () => {
    const long = bounds({ ...check, steps: 1e12 });
    expect(long.corrected).toBeLessThan(1e-8);
    expect(long.printed).toBeGreaterThan(23);
    const { printed, corrected } = bounds({ ...check, c: 0 });
    expect(printed).toBeCloseTo((2 * check.meanDivergence) / 25, 12);
    expect(corrected).toBeGreaterThan(printed);
  });
});

describe("C", () => {
  test("is the number given, or the least of a sequence that holds, at its share of delta", () => {
    expect(constantFor(1, 5, 0.05)).toEqual({ c: 1, delta: 0.05 });
    expect(constantFor({ union: 0.25 }, 0.2, 0.05)).toEqual({ c: 0.25, delta: (6 * 0.05) / Math.PI ** 2 });
    expect(constantFor({ union: 0.25 }, 0.9, 0.05)).toEqual({ c: 1, delta: (6 * 0.05) / (9 * Math.PI ** 2) });
  });

  test("by union bound covers any M, and the shares add up to delta", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-3, max: 10, noNaN: true }),
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        (first, n) => {
          const { c } = constantFor({ union: first }, n, 0.05);
          expect(c).toBeGreaterThanOrEqual(n);
          if (c > first) expect(c / 2).toBeLessThan(n);
        },
      ),
    );
    const shares = Array.from({ length: 2000 }, (_, j) => constantFor({ union: 2 ** -j }, 1, 0.05).delta);
    const total = shares.slice(0, 1000).reduce((sum, share) => sum + share, 0);
    expect(total).toBeLessThan(0.05);
    expect(total).toBeGreaterThan(0.0499);
  });
});

test("conditions that do not hold are named", () => {
  const sound: Conditions = {
    convex: true,
    fixedBefore: true,
    independent: true,
    distance: 0.9,
    c: 1,
    eta: 0.01,
    largestEta: 0.01,
  };
  expect(violations(sound)).toEqual([]);
  expect(violations({ ...sound, eta: 0.011 })).toEqual(["eta above lambda/(2L)"]);
  expect(violations({ ...sound, distance: 1.1 })).toEqual(["|M - I| above C"]);
  const deep = { ...sound, convex: false, fixedBefore: false, independent: false, largestEta: undefined };
  expect(violations(deep)).toEqual([
    "non-convex",
    "eta not known to be at most lambda/(2L)",
    "C and r chosen after seeing the data",
    "tasks not drawn independently",
  ]);
});
