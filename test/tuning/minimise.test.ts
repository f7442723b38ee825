import { describe, expect, test } from "vitest";
import { minimise, type Objective } from "../../src/tuning/minimise.js";
import { closeTo } from "../support/numbers.js";

const rosenbrock: Objective = ([x, y]) => ({
  value: (1 - x!) ** 2 + 100 * (y! - x! ** 2) ** 2,
  gradient: [-2 * (1 - x!) - 400 * x! * (y! - x! ** 2), 200 * (y! - x! ** 2)],
});
const everywhere = { low: [-10, -10], high: [10, 10] };

describe("minimise", () => {
  test("finds a minimum inside the bounds", () => {
    const found = minimise(rosenbrock, [-1.2, 1], everywhere)!;
    closeTo(found.x, [1, 1], 1e-7);
    expect(found.converged).toBe(true);
  });

  test("finds one on a bound, and on two", () => {
    const half = minimise(rosenbrock, [-1.2, 1], { low: [-2, -2], high: [0.5, 2] })!;
    closeTo(half.x, [0.5, 0.25], 1e-7);
    const corner = minimise(rosenbrock, [0, 0], { low: [2, 5], high: [3, 6] })!;
    // The root of 200 x³ + (1 − 1000) x − 1 = 0 above 2.
    expect(200 * corner.x[0]! ** 3 - 999 * corner.x[0]! - 1).toBeCloseTo(0, 5);
    expect(corner.x[1]).toBe(5);
    expect(minimise(([x]) => ({ value: x!, gradient: [1] }), [3], { low: [2], high: [4] })).toEqual({
      x: [2],
      value: 2,
      converged: true,
    });
  });

  test("steps back from where the objective has no value, and has no minimum where it has none at all", () => {
    const logarithm: Objective = ([x]) => (x! <= 0 ? undefined : { value: x! - Math.log(x!), gradient: [1 - 1 / x!] });
    closeTo(minimise(logarithm, [5], { low: [-10], high: [10] })!.x, [1], 1e-7);
    expect(minimise(logarithm, [-1], { low: [-10], high: [10] })).toBeUndefined();
  });
});
