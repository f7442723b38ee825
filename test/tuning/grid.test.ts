import { describe, expect, it } from "vitest";
import { grid, gridPoints } from "../../src/tuning/grid.js";
import { score, select, type Outcome } from "../../src/tuning/search.js";
import { edges, type Space } from "../../src/tuning/space.js";

const space: Space = { learningRate: [0.1, 0.01, 0.001], weightDecay: [0.0001, 0] };
const CHANCE = 0.1;

const outcome = (learningRate: number, weightDecay: number, accuracy: number, loss = 1, diverged = false): Outcome => ({
  point: { learningRate, weightDecay },
  validationAccuracy: accuracy,
  loss,
  diverged,
});
const winner = (...outcomes: Outcome[]) => select(score(outcomes, CHANCE), space);

describe("grid", () => {
  it("has every combination, learning rates outermost", () => {
    expect(gridPoints(space).map(({ learningRate, weightDecay }) => [learningRate, weightDecay])).toEqual([
      [0.1, 0.0001],
      [0.1, 0],
      [0.01, 0.0001],
      [0.01, 0],
      [0.001, 0.0001],
      [0.001, 0],
    ]);
  });

  it("asks until every point was told, and then has a winner", () => {
    const search = grid(space, CHANCE);
    expect(() => search.winner()).toThrow("no outcome");
    expect(search.ask()).toHaveLength(6);
    search.ask().forEach((point, i) => search.tell({ point, validationAccuracy: i / 10, loss: 1, diverged: false }));
    expect(search.ask()).toEqual([]);
    expect(search.winner()).toMatchObject({
      point: { learningRate: 0.001, weightDecay: 0 },
      gridEdge: ["learningRate:low", "weightDecay:low"],
    });
    expect(search.trace()).toHaveLength(6);
  });
});

describe("select", () => {
  it("takes the highest mean accuracy over the seeds", () => {
    const best = winner(outcome(0.1, 0, 0.9), outcome(0.1, 0, 0.5), outcome(0.01, 0, 0.8), outcome(0.01, 0, 0.7));
    expect(best).toMatchObject({ point: { learningRate: 0.01 }, meanAccuracy: 0.75, runs: 2, diverged: 0 });
  });

  it("counts a diverged run, and one below chance, as chance", () => {
    const scores = score([outcome(0.1, 0, 0.9, NaN, true), outcome(0.1, 0, 0.5), outcome(0.01, 0, 0.02)], CHANCE);
    expect(scores.map(({ meanAccuracy }) => meanAccuracy)).toEqual([0.3, CHANCE]);
    expect(scores[0]).toMatchObject({ diverged: 1, meanLoss: Infinity });
  });

  it("breaks ties by the lower loss, the lower learning rate, the lower weight decay, in any order of runs", () => {
    const runs = [
      outcome(0.1, 0, 0.5, 2),
      outcome(0.01, 0.0001, 0.5, 1),
      outcome(0.01, 0, 0.5, 1),
      outcome(0.001, 0, 0.5, NaN),
    ];
    for (const order of [runs, [...runs].reverse()])
      expect(winner(...order).point).toEqual({ learningRate: 0.01, weightDecay: 0 });
    const collapsed = runs.map((run) => ({ ...run, diverged: true }));
    expect(winner(...collapsed).point).toEqual({ learningRate: 0.001, weightDecay: 0 });
  });
});

describe("edges", () => {
  it("names the axes on whose ends a point lies, and none of a single value", () => {
    expect(edges({ learningRate: 0.1, weightDecay: 0.0001 }, space)).toEqual(["learningRate:high", "weightDecay:high"]);
    expect(edges({ learningRate: 0.01, weightDecay: 0 }, space)).toEqual(["weightDecay:low"]);
    expect(edges({ learningRate: 0.1, weightDecay: 0 }, { learningRate: [0.1], weightDecay: [0] })).toEqual([]);
  });
});
