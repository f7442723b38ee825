import { expect, test } from "vitest";
import { importance } from "../../src/tuning/importance.js";

const tried = (
  learningRate: number,
  weightDecay: number,
  accuracy: number,
): Parameters<typeof importance>[0][number] => ({
  point: { learningRate, weightDecay },
  accuracy,
});

test("the shares of a two by three grid are those computed by hand", () => {
  // Mean 0.6; deviations 0.3 0 0.15 | -0.15 -0.15 -0.15: squares 0.09 0 0.0225 0.0225 0.0225 0.0225, V = 0.18 / 6 = 0.03.
  // Rates: means 0.75 and 0.45, variance 0.0225. Decays: means 0.675, 0.525, 0.6, variance (0.075² + 0.075²) / 3 = 0.00375.
  const grid = [
    tried(0.1, 0, 0.9),
    tried(0.1, 1e-4, 0.6),
    tried(0.1, 1e-3, 0.75),
    tried(0.01, 0, 0.45),
    tried(0.01, 1e-4, 0.45),
    tried(0.01, 1e-3, 0.45),
  ];
  for (const order of [grid, [...grid].reverse()]) {
    const found = importance(order)!;
    expect(found.shares.learningRate).toBeCloseTo(0.75, 12);
    expect(found.shares.weightDecay).toBeCloseTo(0.125, 12);
    expect(found.together).toBeCloseTo(0.125, 12);
  }
});

test("an axis of one value explains nothing, the other all", () => {
  const found = importance([tried(0.1, 0, 0.9), tried(0.01, 0, 0.5), tried(0.001, 0, 0.2)])!;
  expect(found.shares).toEqual({ learningRate: 1, weightDecay: 0 });
  expect(found.together).toBe(0);
});

test.each([
  ["one point", [tried(0.1, 0, 0.9)]],
  ["a corner missing", [tried(0.1, 0, 0.9), tried(0.1, 1e-4, 0.8), tried(0.01, 0, 0.7)]],
  ["points of a random search", [tried(0.1, 0.002, 0.9), tried(0.02, 0.001, 0.8), tried(0.01, 0.003, 0.7)]],
  ["a point twice", [tried(0.1, 0, 0.9), tried(0.1, 0, 0.8), tried(0.01, 0, 0.7), tried(0.01, 1e-4, 0.7)]],
  ["equal accuracies", [tried(0.1, 0, 0.5), tried(0.01, 0, 0.5)]],
])("of %s there are none", (_what, points) => expect(importance(points)).toBeUndefined());
