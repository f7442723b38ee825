import { describe, expect, test } from "vitest";
import { randomPoints, sobolPoints } from "../../src/tuning/sampling.js";
import { edges, fromUnit, rangeOf, toUnit, valuesOf, type Box } from "../../src/tuning/space.js";
import { knownPoints, openSearch } from "../../src/tuning/strategies.js";
import { BOX, CHANCE, LANDSCAPES, searchThrough } from "../support/landscapes.js";

describe.each([
  ["random", randomPoints],
  ["sobol", sobolPoints],
] as const)("%s", (strategy, points) => {
  test("points are spread evenly over the logarithms, inside the box", () => {
    const all = points(400, BOX, 0);
    const decades = [-4, -3, -2, -1].map(
      (decade) => all.filter(({ learningRate }) => Math.floor(Math.log10(learningRate)) === decade).length,
    );
    for (const count of decades) expect(Math.abs(count - 100)).toBeLessThan(strategy === "sobol" ? 4 : 40);
    for (const { learningRate, weightDecay } of all) {
      expect(learningRate >= 1e-4 && learningRate <= 1).toBe(true);
      expect(weightDecay >= 1e-6 && weightDecay <= 1e-2).toBe(true);
    }
  });

  test("a seed gives the same points, begun alike whatever their number, at the same places of any box", () => {
    expect(points(5, BOX, 1)).toEqual(points(9, BOX, 1).slice(0, 5));
    expect(points(5, BOX, 1)).not.toEqual(points(5, BOX, 2));
    const other: Box = { learningRate: { from: 1e-5, to: 0.1 }, weightDecay: BOX.weightDecay };
    points(5, other, 1).forEach((point, i) => {
      expect(toUnit(point, other)[0]).toBeCloseTo(toUnit(points(5, BOX, 1)[i]!, BOX)[0]!, 12);
    });
  });

  test("the search asks for all of them at once and has a winner", () => {
    const search = { strategy, box: BOX, budget: 6, seed: 2 };
    expect(openSearch(search, CHANCE).ask()).toEqual(knownPoints(search));
    const landscape = LANDSCAPES.Branin;
    const best = Math.max(...points(6, BOX, 2).map((point) => landscape.at(point).validationAccuracy!));
    expect(searchThrough(openSearch(search, CHANCE), landscape)).toBe(best);
  });
});

describe("a box", () => {
  test("its corners are those of the unit square", () => {
    expect(fromUnit([0, 1], BOX)).toEqual({ learningRate: 1e-4, weightDecay: 1e-2 });
    expect(toUnit({ learningRate: 1, weightDecay: 1e-6 }, BOX)).toEqual([1, 0]);
    expect(toUnit({ learningRate: 1e-2, weightDecay: 1e-4 }, BOX)[0]).toBeCloseTo(0.5, 14);
  });

  test("its edge is one per cent of a range's logarithm", () => {
    const at = (u: number): unknown => edges(fromUnit([u, 0.5], BOX), BOX);
    expect([0, 0.009, 0.011, 0.5, 0.989, 0.991, 1].map(at)).toEqual([
      ["learningRate:low"],
      ["learningRate:low"],
      [],
      [],
      [],
      ["learningRate:high"],
      ["learningRate:high"],
    ]);
    const held: Box = { ...BOX, weightDecay: { from: 1e-4, to: 1e-4 } };
    expect(edges(fromUnit([0.5, 0], held), held)).toEqual([]);
  });

  test("an axis has values, a range, or both", () => {
    expect([valuesOf([1, 2]), rangeOf([1, 2])]).toEqual([[1, 2], undefined]);
    const both = { values: [1, 2], from: 1, to: 4 };
    expect([valuesOf(both), rangeOf(both)]).toEqual([[1, 2], { from: 1, to: 4 }]);
    expect([valuesOf({ from: 1, to: 4 }), rangeOf({ from: 1 })]).toEqual([undefined, undefined]);
  });
});
