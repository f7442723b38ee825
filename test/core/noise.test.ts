import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { areEqual, noiseOf, order, withoutNoise } from "../../src/core/noise.js";

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const images = fc.constantFrom(1000, 2007, 10_000, 15_009, 26_032);

describe("withoutNoise", () => {
  test("leaves whole numbers and what is not finite as they are", () => {
    const whole = [3, -7, 2 ** 50 + 1, Infinity, -Infinity, NaN, 0];
    expect(noiseOf(whole)).toBe(0);
    expect(withoutNoise(whole)).toEqual(whole);
    expect(withoutNoise([0.5, Infinity, NaN])).toEqual([0.5, Infinity, NaN]);
    expect(withoutNoise([])).toEqual([]);
  });

  test("makes means of equally many images equal, however they were added up", () => {
    const trials = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 2, maxLength: 10 });
    fc.assert(
      fc.property(images, fc.double({ min: 0.1, max: 0.99, noNaN: true }), trials, (n, level, offsets) => {
        const middle = Math.round(level * n);
        const counts = offsets.map((offset) => Math.min(n, middle + offset));
        const percent = sum(counts.map((count) => 100 * (count / n))) / counts.length;
        const backwards = (100 * sum([...counts].reverse().map((count) => count / n))) / counts.length;
        const exact = (100 * sum(counts)) / (n * counts.length);
        const another = (100 * (sum(counts) + 1)) / (n * counts.length);
        const [first, second, third, other] = withoutNoise([percent, backwards, exact, another]);
        expect([second, third]).toEqual([first, first]);
        expect(other).not.toBe(first);
      }),
      { numRuns: 2000 },
    );
  });

  test("keeps apart what differs by more than 1e-9 of itself, and moves nothing farther than half of that", () => {
    const size = fc.tuple(fc.double({ min: -1, max: 1, noNaN: true }), fc.integer({ min: -40, max: 40 }));
    fc.assert(
      fc.property(fc.array(size, { minLength: 2 }), (sizes) => {
        const values = sizes.flatMap(([share, power]) =>
          [1, 1 + 1.000001e-9].map((times) => share * times * 2 ** power),
        );
        const rounded = withoutNoise(values);
        values.forEach((value, i) => {
          expect(Math.abs(value - rounded[i]!)).toBeLessThanOrEqual(0.5e-9 * Math.abs(value));
          values.forEach((other, j) => {
            const apart = Math.abs(value - other) > 1.0000005e-9 * Math.max(Math.abs(value), Math.abs(other));
            if (apart) expect(rounded[i]).not.toBe(rounded[j]);
          });
        });
      }),
    );
  });

  test("does not chain: many small steps do not make the ends equal", () => {
    const steps = Array.from({ length: 100 }, (_one, i) => 0.7 + i * 0.3e-9);
    const rounded = withoutNoise(steps);
    expect(rounded[0]).not.toBe(rounded.at(-1));
    for (const [i, one] of rounded.entries())
      for (const [j, other] of rounded.entries())
        if (one === other) expect(Math.abs(steps[i]! - steps[j]!)).toBeLessThanOrEqual(0.7e-9);
  });

  test("one grid also where its step changes: neighbours of such a place stay together", () => {
    for (let power = -40; power < 20; power++)
      for (const place of [2 ** power, 1e9 * 2 ** power]) {
        const near = [place * (1 - 2 ** -52), place, place * (1 + 2 ** -51)];
        expect(new Set(withoutNoise([...near, 0.1]).slice(0, 3)).size).toBe(1);
      }
  });
});

test("the noise of differences is relative to the numbers, of logarithms at least to 1", () => {
  expect(noiseOf([95.1, -0.1])).toBe(2 ** -24);
  expect(noiseOf([0.25, Infinity], 1)).toBe(noiseOf([1.5]));
  expect([noiseOf([]), noiseOf([3, Infinity])]).toEqual([0, 0]);
});

test("order tells below, equal and above, rounding aside", () => {
  expect([order(0.1 + 0.2, 0.3), order(95.1 - 0.1, 95), order(3, 3), order(Infinity, Infinity)]).toEqual([0, 0, 0, 0]);
  expect([order(1, 2), order(0.3 + 1e-8, 0.3), order(Infinity, 0.5), order(0.5, Infinity)]).toEqual([-1, 1, 1, -1]);
  expect(order(NaN, 1)).toBeNaN();
});

test("areEqual takes rounding alone for no difference", () => {
  expect([areEqual([0.3, 0.1 + 0.2]), areEqual([Infinity, Infinity]), areEqual([])]).toEqual([true, true, true]);
  expect([areEqual([1, 2]), areEqual([0.3, 0.3 + 1e-8]), areEqual([0.3, Infinity])]).toEqual([false, false, false]);
});
