import { expect, test } from "vitest";
import { halvingSettings, rungs } from "../../src/tuning/halving.js";

const lengths = (points: number, steps: number, minSteps: number, eta = 3): number[][] =>
  rungs({ kind: "successive-halving", eta, minSteps }, points, steps).map((rung) => [rung.points, rung.steps]);

test("one in eta points goes on to runs eta times as long, the last of which are whole", () => {
  expect(lengths(27, 500, 20)).toEqual([
    [27, 20],
    [9, 60],
    [3, 180],
    [1, 500],
  ]);
  expect(lengths(16, 100, 25, 2)).toEqual([
    [16, 25],
    [8, 50],
    [4, 100],
  ]);
});

test("a single point left, or a single one at all, is run whole", () => {
  expect(lengths(3, 500, 10)).toEqual([
    [3, 10],
    [1, 500],
  ]);
  expect(lengths(1, 500, 10)).toEqual([[1, 500]]);
});

test("eta is 3 where nothing is said", () => {
  expect(halvingSettings.parse({ kind: "successive-halving", minSteps: 5 }).eta).toBe(3);
});
