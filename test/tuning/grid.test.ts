import { describe, expect, it } from "vitest";
import { listed } from "../../src/tuning/search.js";
import { edges, gridPoints, type Space } from "../../src/tuning/space.js";

const space: Space = { learningRate: [0.1, 0.01, 0.001], weightDecay: [0.0001, 0] };
const CHANCE = 0.1;

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
    const search = listed(gridPoints(space), space, CHANCE);
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

describe("edges", () => {
  it("names the axes on whose ends a point lies, and none of a single value", () => {
    expect(edges({ learningRate: 0.1, weightDecay: 0.0001 }, space)).toEqual(["learningRate:high", "weightDecay:high"]);
    expect(edges({ learningRate: 0.01, weightDecay: 0 }, space)).toEqual(["weightDecay:low"]);
    expect(edges({ learningRate: 0.1, weightDecay: 0 }, { learningRate: [0.1], weightDecay: [0] })).toEqual([]);
  });
});
