import { expect, test } from "vitest";
import { expectedBest } from "../../../src/reporting/figures/searches.js";
import { withPowers } from "../../../src/reporting/figures/powers.js";

/** The mean of the best over all ways to draw n of the values, one by one. */
function byHand(values: readonly number[], n: number): number {
  const draws = (from: number, left: number): number[][] =>
    left === 0
      ? [[]]
      : values.slice(from).flatMap((value, i) => draws(from + i + 1, left - 1).map((rest) => [value, ...rest]));
  const bests = draws(0, n).map((draw) => Math.max(...draw));
  return bests.reduce((a, b) => a + b) / bests.length;
}

test("the expected best of so many points of a grid is that over all ways to draw them", () => {
  const values = [71.5, 10, 82.25, 82.25, 60, 33];
  const found = expectedBest(values);
  expect(found).toHaveLength(6);
  for (const [i, best] of found.entries()) expect(best).toBeCloseTo(byHand(values, i + 1), 10);
  expect(expectedBest([5])).toEqual([5]);
});

test("numbers with an exponent are powers of ten, and nothing else is changed", () => {
  expect(["1e-2", "1e+0", "1e+10", "2.5e+5", "−1e−3", "-4e-7"].map(withPowers)).toEqual([
    ...["10⁻²", "10⁰", "10¹⁰", "2.5×10⁵", "−1×10⁻³", "-4×10⁻⁷"],
  ]);
  for (const plain of ["0.01", "1,500", "e-2", "metamd 1e-2", "1e", ""]) expect(withPowers(plain)).toBe(plain);
});
