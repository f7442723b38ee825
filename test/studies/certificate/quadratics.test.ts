import fc from "fast-check";
import { expect, test } from "vitest";
import { averagedSuboptimality, divergence, startingError } from "../../../src/studies/certificate/quadratics.js";
import { diagonalInDouble } from "../../../src/studies/quadratic/in-double.js";
import {
  diagonalOf,
  diagonalQuadratic,
  gradientInto,
  hessian,
  minimiser,
} from "../../../src/studies/quadratic/problem.js";
import { valueAt } from "../../support/quadratic.js";

test("the closed form is the average of the iterates", () => {
  const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
  const pair = (min: number, max: number) => fc.tuple(number(min, max), number(min, max));
  fc.assert(
    fc.property(
      fc.record({
        q: pair(0.01, 15),
        b: pair(-2, 2),
        start: pair(-2, 2),
        m: pair(0.05, 2),
        steps: fc.integer({ min: 1, max: 300 }),
      }),
      ({ q, b, start, m, steps }) => {
        const task = { ...diagonalQuadratic(q, b), start: Float64Array.from(start) };
        const eta = Math.min(...m) / 60;
        const theta = task.start.slice();
        const sum = new Float64Array(2);
        const rule = diagonalInDouble(eta, m);
        const g = new Float64Array(2);
        for (let t = 1; t <= steps; t++) {
          theta.forEach((entry, i) => (sum[i]! += entry));
          gradientInto(hessian(task), task.b, theta, g);
          rule(theta, g);
        }
        const average = sum.map((entry) => entry / steps);
        const optimum = minimiser(diagonalOf(task)!, task.b);
        const expected = valueAt(task, average) - valueAt(task, optimum);
        const found = averagedSuboptimality(task, m, eta, steps);
        // The difference of two losses has only as many digits as the larger one.
        expect(Math.abs(found - expected)).toBeLessThan(1e-11 * (1 + Math.abs(valueAt(task, optimum))));
      },
    ),
  );
});

test("steps of any length have their average", () => {
  const task = { ...diagonalQuadratic([0.5, 0.5], [0, 0]), start: Float64Array.of(1, 0) };
  // θ ← (1 − η) θ: 1, 0 at η = 1; 1, −1, 1 at η = 2; 1, −2, 4 at η = 3.
  expect(averagedSuboptimality(task, [1, 1], 1, 2)).toBeCloseTo(0.5 * 0.25, 14);
  expect(averagedSuboptimality(task, [1, 1], 2, 3)).toBeCloseTo(0.5 / 9, 14);
  expect(averagedSuboptimality(task, [1, 1], 3, 3)).toBeCloseTo(0.5, 14);
});

test("errors and divergences are from start to optimum", () => {
  const task = { ...diagonalQuadratic([0.5, 2], [1, 4]), start: Float64Array.of(3, 1.5) };
  expect([...startingError(task)]).toEqual([2, 0.5]);
  expect(divergence(startingError(task), [0.5, 4])).toBe(0.5 * (0.5 * 4 + 4 * 0.25));
});
