import { expect, it } from "vitest";
import { mean } from "../../../src/reporting/statistics/summary.js";

it("a mean is undefined where there is nothing to take it of", () => {
  expect(mean([2, 4, 4, 4, 5, 5, 7, 9])).toBe(5);
  expect(mean([])).toBeUndefined();
  expect(mean([1, Infinity])).toBe(Infinity);
});
