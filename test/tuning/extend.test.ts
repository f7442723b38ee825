import { describe, expect, it } from "vitest";
import { nextBeyond, widened } from "../../src/tuning/extend.js";
import type { Score } from "../../src/tuning/score.js";

const SPACE = { learningRate: [0.1, 0.01, 0.001], weightDecay: [1e-3, 1e-4] };
const score = (learningRate: number, weightDecay: number, meanAccuracy: number): Score => ({
  point: { learningRate, weightDecay },
  meanAccuracy,
  meanLoss: 1,
  runs: 1,
  diverged: 0,
  atChance: 0,
});
/** The whole grid, one point of which is the best. */
const grid = (learningRate: number, weightDecay: number): Score[] =>
  SPACE.learningRate.flatMap((lr) =>
    SPACE.weightDecay.map((wd) => score(lr, wd, lr === learningRate && wd === weightDecay ? 0.9 : 0.5)),
  );

describe("beyond a grid", () => {
  it("comes one value further out in the grid's own ratio, the learning rate first", () => {
    expect(nextBeyond(SPACE, grid(0.1, 1e-4))).toEqual({ learningRate: 1, weightDecay: 1e-4 });
    expect(nextBeyond(SPACE, grid(0.001, 1e-3))).toEqual({ learningRate: 1e-4, weightDecay: 1e-3 });
    expect(nextBeyond(SPACE, grid(0.01, 1e-3))).toEqual({ learningRate: 0.01, weightDecay: 1e-2 });
  });

  it("comes another while the best is the last one, and nothing once it lies inside", () => {
    const better = [...grid(0.1, 1e-4), score(1, 1e-4, 0.95)];
    expect(nextBeyond(SPACE, better)).toEqual({ learningRate: 10, weightDecay: 1e-4 });
    const inside = { learningRate: [1, 0.1, 0.01], weightDecay: [1e-3, 1e-4, 1e-5] };
    const peak = [score(1, 1e-4, 0.5), score(0.1, 1e-4, 0.9), score(0.01, 1e-4, 0.5)];
    expect(nextBeyond(inside, peak)).toBeUndefined();
    expect(widened(SPACE, [{ learningRate: 1, weightDecay: 1e-4 }]).learningRate).toEqual([0.1, 0.01, 0.001, 1]);
  });

  it("comes nothing where a list has no ratio", () => {
    const single = { learningRate: [0.1], weightDecay: [1e-4] };
    expect(nextBeyond(single, [score(0.1, 1e-4, 0.9)])).toBeUndefined();
    const zero = { learningRate: [0.1], weightDecay: [1e-4, 0] };
    expect(nextBeyond(zero, [score(0.1, 0, 0.9), score(0.1, 1e-4, 0.5)])).toBeUndefined();
    expect(nextBeyond(zero, [score(0.1, 0, 0.5), score(0.1, 1e-4, 0.9)])).toBeUndefined();
  });
});
