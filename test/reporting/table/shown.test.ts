import { expect, test } from "vitest";
import { areBest } from "../../../src/reporting/table/shown.js";

test("the best means of a column: all that are equal, rounding aside", () => {
  expect(areBest([91, 92.5, undefined], "higher")).toEqual([false, true, false]);
  expect(areBest([0.1 + 0.2, 0.3, 0.4], "lower")).toEqual([true, true, false]);
  expect(areBest([Infinity, 2, 3], "lower")).toEqual([false, true, false]);
});

test("none where nothing is better, or there is nothing to choose from", () => {
  expect(areBest([91, 92], undefined)).toEqual([false, false]);
  expect(areBest([91, undefined, Infinity], "higher")).toEqual([false, false, false]);
});
