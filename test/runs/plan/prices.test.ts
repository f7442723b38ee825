import { expect, test } from "vitest";
import { scaledGradient } from "../../../src/runs/plan/prices.js";

const batch = { batchSize: 64, gradientMore: 60 * 100 };

test.each([
  ["what is done once a gradient is not taken for every image", 4, 900, 8, 1300, 900 + 60 * 100],
  ["an image may take more than in a plain gradient", 4, 900, 8, 1500, 900 + 60 * 150],
  ["no less than in a plain one, although the larger part was sooner", 4, 900, 8, 800, 900 + 60 * 100],
  ["no more than its share, although the larger part was slow", 4, 900, 8, 5000, 16 * 900],
  ["a plain gradient that takes more than learning says nothing", 4, 200, 8, 390, 16 * 200],
])("%s", (_what, size, gradient, larger, ofLarger, expected) => {
  expect(scaledGradient({ size, gradient }, { size: larger, gradient: ofLarger }, batch)).toBeCloseTo(expected, 6);
});
