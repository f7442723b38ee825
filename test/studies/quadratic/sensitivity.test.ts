import fc from "fast-check";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { diagonalObjective } from "../../../src/studies/quadratic/objective.js";
import { innerRun, type Hypergradient } from "../../../src/studies/quadratic/sensitivity.js";
import { diagonalQuadratic, type QuadraticTask } from "../../../src/studies/quadratic/problem.js";
import { centralDifferences, closeTo } from "../../support/numbers.js";

interface Row {
  readonly steps: number;
  readonly theta: number[];
  readonly sensitivity: number[];
  readonly objective: number;
  readonly gradient: number[];
  readonly withoutSensitivity?: number[];
}
const golden = JSON.parse(readFileSync(new URL("../../golden/diagonal.json", import.meta.url), "utf8")) as {
  diagonal: {
    q: number[];
    b: number[];
    start: number[];
    m: number[];
    k: number;
    gamma: number;
    learningRate: number;
    rows: Row[];
  };
  full: { q: number[][]; steps: number; theta: number[]; sensitivity: number[][]; gradient: number[] };
};
const { diagonal, full } = golden;
const { k, gamma, learningRate } = diagonal;
const m = Float64Array.from(diagonal.m);
const start = Float64Array.from(diagonal.start);
const plain: QuadraticTask = { ...diagonalQuadratic(diagonal.q, diagonal.b), start };
const rotated: QuadraticTask = { q: Float64Array.from(full.q.flat()), b: Float64Array.from(diagonal.b), start };

/** E of one task at m, and its gradient. */
function objectiveAt(task: QuadraticTask, at: Float64Array, steps: number, how?: Hypergradient) {
  const end = innerRun(task, at, { learningRate, steps }, how);
  return { end, ...diagonalObjective(at, [{ start: task.start, end }], { k, gamma }) };
}

describe("check values", () => {
  test.each(
    diagonal.rows.flatMap((row) =>
      (["closed-form", "general"] as const).map((how) => ({ row, how, steps: row.steps })),
    ),
  )("T = $steps, $how", ({ row, how, steps }) => {
    const { end, value, gradient } = objectiveAt(plain, m, steps, how);
    row.theta.forEach((entry, i) => expect(end.theta[i]).toBeCloseTo(entry, 8));
    const [z0, off, other, z1] = end.sensitivity;
    expect([off, other]).toEqual([0, 0]);
    expect(z0).toBeCloseTo(row.sensitivity[0]!, 9);
    expect(z1).toBeCloseTo(row.sensitivity[1]!, 9);
    expect(value).toBeCloseTo(row.objective, 13);
    row.gradient.forEach((entry, i) => expect(gradient[i]).toBeCloseTo(entry, 8));
    if (row.withoutSensitivity === undefined) return;
    const still = { ...end, sensitivity: new Float64Array(4) };
    const direct = diagonalObjective(m, [{ start, end: still }], { k, gamma });
    row.withoutSensitivity.forEach((entry, i) => expect(direct.gradient[i]).toBeCloseTo(entry, 8));
  });

  test("a Q that is not diagonal", () => {
    const { end, gradient } = objectiveAt(rotated, m, full.steps);
    full.theta.forEach((entry, i) => expect(end.theta[i]).toBeCloseTo(entry, 8));
    full.sensitivity.flat().forEach((entry, at) => expect(end.sensitivity[at]).toBeCloseTo(entry, 10));
    full.gradient.forEach((entry, i) => expect(gradient[i]).toBeCloseTo(entry, 8));
    expect(() => objectiveAt(rotated, m, 5, "closed-form")).toThrow("needs a diagonal Q");
  });
});

const entry = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const pair = (min: number, max: number) => fc.tuple(entry(min, max), entry(min, max));
const tasks = fc.record({
  q: pair(0.05, 10),
  b: pair(-2, 2),
  start: pair(-2, 2),
  m: pair(0.4, 3),
  steps: fc.integer({ min: 1, max: 60 }),
});

describe("on random tasks", () => {
  test("the closed form is the recursion", () => {
    fc.assert(
      fc.property(tasks, ({ q, b, start, m, steps }) => {
        const task = { ...diagonalQuadratic(q, b), start: Float64Array.from(start) };
        const at = Float64Array.from(m);
        const closed = innerRun(task, at, { learningRate, steps }, "closed-form");
        const general = innerRun(task, at, { learningRate, steps }, "general");
        closeTo([...closed.theta, 1], [...general.theta, 1], 1e-10);
        closeTo([...closed.sensitivity, 1], [...general.sensitivity, 1], 1e-10);
        expect(closed.gradientNorm).toBeCloseTo(general.gradientNorm, 9);
      }),
    );
  });

  test.each(["closed-form", "general"] as const)("%s agrees with finite differences to 1e-6", (how) => {
    fc.assert(
      fc.property(tasks, entry(-0.15, 0.15), entry(-0.15, 0.15), ({ q, b, start, m, steps }, above, below) => {
        // E has kinks where the minimum changes sides, and at m = 1.
        fc.pre(Math.abs(m[0] - m[1]) > 1e-3 && Math.hypot(m[0] - 1, m[1] - 1) > 0.1);
        const base = diagonalQuadratic(q, b);
        const full = how === "general" ? base.q.map((one, at) => one + [0, above, below, 0][at]!) : base.q;
        const task = { ...base, q: full, start: Float64Array.from(start) };
        const at = Float64Array.from(m);
        const { gradient } = objectiveAt(task, at, steps, how);
        const slope = centralDifferences(({ m }) => objectiveAt(task, m!, steps, how).value, { m: at }, 2e-5).m!;
        closeTo(gradient, slope, 1e-6);
      }),
    );
  });
});

describe("what does not converge", () => {
  test.each(["closed-form", "general"] as const)("%s: m at the stability bound diverges, above it does not", (how) => {
    const bound = learningRate * 14;
    const at = (second: number) => innerRun(plain, Float64Array.of(0.8, second), { learningRate, steps: 100 }, how);
    expect(at(bound).diverged).toBe(true);
    expect(at(bound * 1.01).diverged).toBe(false);
  });

  test("a full Q that shoots off diverges", () => {
    const steep = { ...rotated, q: rotated.q.map((one) => one * 100) };
    expect(innerRun(steep, m, { learningRate, steps: 1000 }).diverged).toBe(true);
  });

  test("too few steps show in the gradient", () => {
    expect(innerRun(plain, m, { learningRate, steps: 50 }).gradientNorm).toBeGreaterThan(0.1);
    expect(innerRun(plain, m, { learningRate, steps: 5000 }).gradientNorm).toBeLessThan(1e-10);
  });
});
