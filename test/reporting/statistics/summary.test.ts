import { expect, it } from "vitest";
import { mean, std } from "../../../src/reporting/statistics/summary.js";

it("mean and sample standard deviation", () => {
  expect(mean([2, 4, 4, 4, 5, 5, 7, 9])).toBe(5);
  expect(std([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(Math.sqrt(32 / 7), 14);
  expect(std([1, 2])).toBeCloseTo(Math.SQRT1_2, 14);
});

it("nothing where there is nothing to take them of", () => {
  expect(mean([])).toBeUndefined();
  expect(std([])).toBeUndefined();
  expect(std([3])).toBeUndefined();
  expect(mean([1, Infinity])).toBe(Infinity);
  expect(std([1, Infinity])).toBeUndefined();
});
