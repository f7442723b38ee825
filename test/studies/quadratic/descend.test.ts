import { expect, test } from "vitest";
import { sgdInDouble } from "../../../src/studies/quadratic/in-double.js";
import { diagonalQuadratic } from "../../../src/studies/quadratic/problem.js";
import { descend } from "../../../src/studies/quadratic/descend.js";

const task = { ...diagonalQuadratic([0.5, 0.5], [0, 0]), start: Float64Array.of(1, 0) };
const stop = { gradientNorm: 0.1, maxIterations: 100 };

test("iterations are the updates until the gradient is small enough", () => {
  const points: [number, number][] = [];
  // The gradient is θ itself, which a rate of 0.5 halves: 1, 0.5, 0.25, 0.125, 0.0625.
  const ended = descend(task, sgdInDouble(0.5), stop, (step, theta) => points.push([step, theta[0]!]));
  expect(ended).toEqual({ iterations: 4, state: "converged" });
  expect(points).toEqual([
    [0, 1],
    [1, 0.5],
    [2, 0.25],
    [3, 0.125],
    [4, 0.0625],
  ]);
  expect([...task.start]).toEqual([1, 0]);
  expect(descend(task, sgdInDouble(0.5), { ...stop, gradientNorm: 1 }).iterations).toBe(0);
});

test("a run that is too slow is capped, one that shoots off diverges", () => {
  expect(descend(task, sgdInDouble(1e-3), stop)).toEqual({ iterations: 100, state: "capped" });
  const lost = descend(task, sgdInDouble(1e3), stop);
  expect(lost.state).toBe("diverged");
  expect(lost.iterations).toBeLessThan(100);
});
