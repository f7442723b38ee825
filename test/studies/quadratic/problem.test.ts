import { expect, test } from "vitest";
import { namedStream } from "../../../src/core/rng.js";
import {
  diagonalOf,
  diagonalQuadratic,
  drawTask,
  gradientInto,
  hessian,
  minimiser,
  type QuadraticFamily,
} from "../../../src/studies/quadratic/problem.js";
import { centralDifferences, closeTo } from "../../support/numbers.js";
import { valueAt } from "../../support/quadratic.js";

const lopsided = { q: Float64Array.of(0.3, 0.5, -0.1, 2), b: Float64Array.of(1, -2) };
const FAMILY: QuadraticFamily = {
  curvature: [0.3, 14],
  relativeDeviation: 0.1,
  linearMean: 1,
  linearDeviation: 1,
  startDeviation: 0.3,
};

test("the gradient is that of a function without a half, of a Q that need not be symmetric", () => {
  const theta = Float64Array.of(0.7, -0.4);
  const g = new Float64Array(2);
  gradientInto(hessian(lopsided), lopsided.b, theta, g);
  const slope = centralDifferences(({ theta }) => valueAt(lopsided, theta!), { theta }).theta!;
  closeTo(g, slope, 1e-8);
  // 0.3·0.49 + (0.5 − 0.1)·0.7·(−0.4) + 2·0.16 − 0.7 − 0.8
  expect(valueAt(lopsided, theta)).toBeCloseTo(-1.145, 12);
});

test("only a diagonal Q has a diagonal", () => {
  expect(diagonalOf(lopsided)).toBeUndefined();
  const plain = diagonalQuadratic([0.3, 14], [1, 1]);
  expect([...diagonalOf(plain)!]).toEqual([0.3, 14]);
  const g = new Float64Array(2);
  gradientInto(hessian(plain), plain.b, minimiser(diagonalOf(plain)!, plain.b), g);
  closeTo(g, [0, 0], 1e-15);
});

test("tasks are drawn with the family's moments, the same for the same stream", () => {
  const draws = Array.from({ length: 4000 }, (_, i) => drawTask(FAMILY, namedStream(3, i)));
  const moments = (of: (task: (typeof draws)[number]) => number): [number, number] => {
    const values = draws.map(of);
    const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
    return [mean, Math.sqrt(values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / values.length)];
  };
  const expected: [(task: (typeof draws)[number]) => number, number, number][] = [
    [({ q }) => q[0]!, 0.3, 0.03],
    [({ q }) => q[3]!, 14, 1.4],
    [({ b }) => b[0]!, 1, 1],
    [({ b }) => b[1]!, 1, 1],
    [({ start }) => start[1]!, 0, 0.3],
  ];
  for (const [of, mean, deviation] of expected) {
    const [found, spread] = moments(of);
    expect(Math.abs(found - mean)).toBeLessThan((4 * deviation) / Math.sqrt(draws.length));
    expect(Math.abs(spread / deviation - 1)).toBeLessThan(0.05);
  }
  expect(draws.every(({ q }) => q[1] === 0 && q[2] === 0 && q[0]! > 0)).toBe(true);
  expect(drawTask(FAMILY, namedStream(3, 7))).toEqual(draws[7]);
});
