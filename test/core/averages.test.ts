import { expect, it } from "vitest";
import { mean, meanIfAny, median, std } from "../../src/core/averages.js";

it("a mean is undefined where there is nothing to take it of", () => {
  expect(meanIfAny([2, 4, 4, 4, 5, 5, 7, 9])).toBe(5);
  expect(meanIfAny([])).toBeUndefined();
  expect([mean([]), mean([1, Infinity])]).toEqual([NaN, Infinity]);
});

it("a median is the middle value, or the mean of the two in the middle", () => {
  expect([median([9, 1, 2]), median([4, 1, 2, 9]), median([Infinity, 1, Infinity])]).toEqual([2, 3, Infinity]);
});

it("std is the sample standard deviation", () => {
  expect(std([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(Math.sqrt(32 / 7), 14);
  expect(std([1, 2])).toBeCloseTo(Math.SQRT1_2, 14);
});

it("is exactly 0 of values that differ by rounding alone", () =>
  expect([std([95.1, 95.1, 95.1]), std([0.3, 0.1 + 0.2])]).toEqual([0, 0]));

it("is undefined where there is nothing to spread", () =>
  expect([std([]), std([3]), std([1, Infinity])]).toEqual([undefined, undefined, undefined]));
