import { describe, expect, test } from "vitest";
import { Interrupted } from "../../../src/core/errors.js";
import { namedStream } from "../../../src/core/rng.js";
import { diagonalObjective } from "../../../src/studies/quadratic/objective.js";
import { learnDiagonal, preconditionerOf, type DiagonalProgress } from "../../../src/studies/quadratic/diagonal.js";
import { innerRun } from "../../../src/studies/quadratic/sensitivity.js";
import { diagonalSettings } from "../../../src/studies/quadratic/diagonal.js";
import { diagonalQuadratic, drawTask, type QuadraticTask } from "../../../src/studies/quadratic/problem.js";

const family =
  (curvature: readonly number[]) =>
  (number: number): QuadraticTask =>
    drawTask(
      { curvature, relativeDeviation: 0.1, linearMean: 1, linearDeviation: 1, startDeviation: 0.3 },
      namedStream(0, "test", number),
    );

describe("the objective", () => {
  const task = { ...diagonalQuadratic([0.3, 14], [1, 1]), start: Float64Array.of(0.2, -0.1) };
  const ended = (m: Float64Array) => ({
    start: task.start,
    end: innerRun(task, m, { learningRate: 0.03, steps: 10_000 }),
  });

  test("at m = 1 shares the subgradient of the minimum, and the regulariser has none", () => {
    const one = Float64Array.of(1, 1);
    const run = ended(one);
    const bare = diagonalObjective(one, [run], { k: 0, gamma: 0 });
    const { gradient, value } = diagonalObjective(one, [run], { k: 0.2, gamma: 5 });
    expect(gradient[0]! - bare.gradient[0]!).toBeCloseTo(-0.1, 12);
    expect(gradient[1]! - bare.gradient[1]!).toBeCloseTo(-0.1, 12);
    expect(value).toBeCloseTo(bare.value + 0.2, 12);
  });

  test("away from ties only the least entry feels k", () => {
    const m = Float64Array.of(0.5, 2);
    const run = ended(m);
    const bare = diagonalObjective(m, [run], { k: 0, gamma: 0 });
    const { gradient } = diagonalObjective(m, [run], { k: 0.2, gamma: 0 });
    expect(gradient[0]! - bare.gradient[0]!).toBeCloseTo(-0.8, 12);
    expect(gradient[1]).toBe(bare.gradient[1]);
  });

  test("is a mean over runs", () => {
    const m = Float64Array.of(0.5, 2);
    const [once, twice] = [[ended(m)], [ended(m), ended(m)]].map((runs) =>
      diagonalObjective(m, runs, { k: 1, gamma: 1 }),
    );
    expect(twice!.value).toBeCloseTo(once!.value, 14);
    expect(twice!.gradient[0]).toBeCloseTo(once!.gradient[0]!, 14);
  });
});

describe("learning", () => {
  test.each([
    ["top", [0.3, 14], [0.047, 0.957]],
    ["bottom", [0.02, 14], [0.0024, 0.954]],
  ] as const)("%s: the flat direction is let go, the steep one is held", async (_name, curvature, expected) => {
    const end = await learnDiagonal({ dimension: 2, task: family(curvature) }, diagonalSettings.parse({}));
    const m = preconditionerOf(end);
    expect(m[0]! / expected[0]).toBeGreaterThan(0.85);
    expect(m[0]! / expected[0]).toBeLessThan(1.15);
    expect(Math.abs(m[1]! - expected[1])).toBeLessThan(0.02);
    expect(end.curve).toHaveLength(600);
    expect(end.curve.every(({ diverged, unconverged }) => diverged + unconverged === 0)).toBe(true);
    expect(end.curve.at(-1)!.m0).toBe(m[0]);
  });

  test("runs that are too short reverse the sign, and are counted", async () => {
    const short = diagonalSettings.parse({ innerSteps: 20, outerSteps: 30 });
    const end = await learnDiagonal({ dimension: 2, task: family([0.02, 14]) }, short);
    expect(preconditionerOf(end)[0]).toBeGreaterThan(1);
    expect(end.curve.at(-1)).toMatchObject({ diverged: 0, unconverged: 8 });
  });

  test("a diverged run counts for nothing, and u rises by 0.1", async () => {
    const settings = diagonalSettings.parse({ tasksPerStep: 1, outerSteps: 7 });
    const steep = (): QuadraticTask => ({ ...diagonalQuadratic([0.3, 60], [1, 1]), start: Float64Array.of(0.1, 0.1) });
    const { curve, u, adamSteps } = await learnDiagonal({ dimension: 2, task: steep }, settings);
    // Stable from m = 1.8 on, that is from u = 0.588.
    for (const row of curve.slice(0, 6)) expect(row).toMatchObject({ objective: NaN, diverged: 1 });
    expect(curve[5]!.m1).toBeCloseTo(Math.exp(0.6), 12);
    expect(curve[6]).toMatchObject({ diverged: 0 });
    expect(Number.isFinite(curve[6]!.objective)).toBe(true);
    expect(adamSteps).toBe(1);
    expect(Math.abs(u[1]! - 0.6)).toBeCloseTo(0.02, 6);
  });

  test("goes on bit by bit from where it was interrupted", async () => {
    const settings = diagonalSettings.parse({ outerSteps: 30 });
    const task = family([0.02, 14]);
    const whole = await learnDiagonal({ dimension: 2, task }, settings);
    const stop = new AbortController();
    let held: DiagonalProgress | undefined;
    const stopped = learnDiagonal(
      {
        dimension: 2,
        task,
        signal: stop.signal,
        onStep: (step) => step === 5 && stop.abort(),
        checkpoint: (progress) => (held = progress),
      },
      settings,
    );
    await expect(stopped).rejects.toThrow(Interrupted);
    expect(held!.outerStep).toBe(5);
    const resumed = await learnDiagonal({ dimension: 2, task }, settings, held);
    expect(resumed).toEqual(whole);
  });
});
