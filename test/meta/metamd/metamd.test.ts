import { describe, expect, test } from "vitest";
import { dot } from "../../../src/core/linear/vectors.js";
import { UserError } from "../../../src/core/errors.js";
import { sub } from "../../../src/engine/ops.js";
import { createMetaLearner } from "../../../src/meta/index.js";
import type { MetaProgress } from "../../../src/meta/meta-learner.js";
import type { Problem } from "../../../src/training/problem.js";
import { closeTo } from "../../support/numbers.js";
import { learn as learnToy, TOY_MEAN, TOY_TASKS, type Learning } from "../../support/toy-tasks.js";

const learn = ({ settings, ...more }: Learning = {}): ReturnType<typeof learnToy> =>
  learnToy("metamd", { settings: { outerSteps: 6, innerSteps: 5, innerLearningRate: 0.05, ...settings }, ...more });
const cosine = (x: Float64Array, y: Float64Array): number => dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
const first = ({ learned }: MetaProgress): { a: Float64Array; b: Float64Array } =>
  learned["fc1.weight"] as { a: Float64Array; b: Float64Array };

describe("MetaMD's outer loop", () => {
  test("the first layer learns the direction that all tasks share", async () => {
    const { last } = await learn();
    expect(Math.abs(cosine(first(last).a, TOY_MEAN))).toBeGreaterThan(0.95);
    const { s0, sEnd } = { s0: 0.09, sEnd: last.curve.at(-1)!["fc1.weight/s"]! };
    expect(sEnd).toBeGreaterThan(s0);
    expect(last.curve.map(({ outerStep }) => outerStep)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("it costs what its budget says", async () => {
    const { last } = await learn();
    const settings = { outerSteps: 6, innerSteps: 5 };
    expect(last.gradientEvaluations).toBe(createMetaLearner("metamd", settings).budget(2));
    expect(last.gradientEvaluations).toBe(2 * (6 * 5 + 5));
  });

  test("the true total derivative leads back to plain SGD", async () => {
    const { last } = await learn({ settings: { mode: "direct", metaLearningRate: 0.2 } });
    const lengths = last.curve.map((row) => row["fc1.weight/s"]!);
    expect(lengths.at(-1)!).toBeLessThan(0.09);
    expect([...lengths].sort((x, y) => y - x)).toEqual(lengths);
  });

  test("nothing is longer than the cap", async () => {
    const { last } = await learn({ settings: { cap: 0.1, metaLearningRate: 50 } });
    for (const { a, b } of Object.values(last.learned) as { a: Float64Array; b: Float64Array }[]) {
      expect(dot(a, a)).toBeLessThanOrEqual(0.1 * (1 + 1e-12));
      expect(dot(b, b)).toBeLessThanOrEqual(0.1 * (1 + 1e-12));
    }
  });

  test("an inner run that has converged stops early", async () => {
    const settings = { outerSteps: 1, innerSteps: 200, earlyStopLoss: 1e9, initialisation: "random" };
    expect((await learn({ settings })).last.gradientEvaluations).toBe(2 * 50);
  });

  test("0 never stops a run early, whatever its loss", async () => {
    const below: Problem = {
      ...TOY_TASKS[0]!.problem,
      loss: (parameters, batch) => sub(TOY_TASKS[0]!.problem.loss(parameters, batch), 10),
    };
    const tasks = [{ ...TOY_TASKS[0]!, problem: below }];
    const settings = { outerSteps: 1, innerSteps: 60, initialisation: "random" };
    const { last } = await learn({ settings, tasks });
    expect(last.curve[0]!.lastLoss).toBeLessThan(0);
    expect(last.gradientEvaluations).toBe(60);
    const never = await learn({ settings: { ...settings, earlyStopLoss: 0 }, tasks });
    expect(never.last).toEqual(last);
  });

  test("the log has all that the certificate asks for: how far runs went, with what has no block", async () => {
    const row = (await learn({ settings: { outerSteps: 1 } })).last.curve[0]!;
    expect(row.displacement).toBeGreaterThan(0);
    expect(row.restDivergence).toBeGreaterThan(0);
    // ½|D|² is the least of a run's divergence, and no run went farther than the farthest.
    expect(row.restDivergence!).toBeLessThan(row.displacement! ** 2 / 2);
    const one = (await learn({ settings: { outerSteps: 1, includeHead: false } })).last.curve[0]!;
    expect(one.restDivergence).toBeGreaterThan(row.restDivergence!);
    // The first inner runs are the same but for the classifier's block: near enough to be compared.
    expect(one.displacement! / row.displacement!).toBeCloseTo(1, 1);
    const tiny = { scale: 1e-9, kind: "random" };
    const plain = (await learn({ settings: { outerSteps: 1, initialisation: tiny }, tasks: TOY_TASKS.slice(0, 1) }))
      .last;
    const { bregman, restDivergence, displacement } = plain.curve[0]!;
    // With M = I and one task both are the same number.
    expect(bregman! + restDivergence!).toBeCloseTo(displacement! ** 2 / 2, 10);
  });

  test("the objective is of the displacements that the gradient uses, the divergence of the runs' own", async () => {
    const at = async (normalise: boolean, scale: number): Promise<Readonly<Record<string, number>>> => {
      const initialisation = { kind: "random", scale };
      return (await learn({ settings: { outerSteps: 1, gamma: 0.5, normalise, initialisation } })).last.curve[0]!;
    };
    const [raw, unit, nearIdentity] = [await at(false, 0.3), await at(true, 0.3), await at(true, 1e-9)];
    expect(raw.objective).toBe(raw.bregman! + 0.5 * raw.distance!);
    expect(unit.bregman).toBe(raw.bregman); // the same first runs
    // ½⟨D, B D A⟩ of three blocks of length 1: from 3/2, where M = I, to 3/2 μ_max.
    expect(nearIdentity.objective).toBeCloseTo(1.5, 10);
    const divergence = unit.objective! - 0.5 * unit.distance!;
    expect(divergence).toBeGreaterThan(1.5);
    expect(divergence).toBeLessThan((1.5 * 2) / unit.neumannAlphaMax!);
  });

  test("the Neumann series takes its step from M anew in every outer step", async () => {
    const inverse = { kind: "neumann", terms: 20 };
    const settings = { outerSteps: 4, initialisation: { kind: "random", scale: 2 }, metaLearningRate: 0.5, inverse };
    const rows = (await learn({ settings })).last.curve;
    for (const row of rows) {
      expect(row.neumannConverges).toBe(1);
      expect(row.neumannContraction).toBeCloseTo(1 - row.neumannAlphaMax! / 2, 12);
    }
    expect(new Set(rows.map((row) => row.neumannAlphaMax)).size).toBe(4);
    // No number for alpha gives this run.
    const alpha = rows[0]!.neumannAlphaMax! / 2;
    const fixed = await learn({ settings: { ...settings, inverse: { ...inverse, alpha } } });
    expect(fixed.last.curve[0]).toEqual(rows[0]);
    expect(fixed.last.curve[2]).not.toEqual(rows[2]);
  });

  test("runs that diverge are counted and teach nothing", async () => {
    const settings = { outerSteps: 1, innerLearningRate: 1e12, initialisation: "random", gamma: 0 };
    const { last } = await learn({ settings });
    expect(last.curve[0]!.divergedRuns).toBe(2);
    const before = await learn({ settings: { ...settings, metaLearningRate: 1e-300 } });
    expect(last.learned).toEqual(before.last.learned);
  });

  test("a spectral start in which everything diverges says what to lower", async () => {
    const wild = learn({ settings: { innerLearningRate: 1e12 } });
    await expect(wild).rejects.toThrow(UserError);
    await expect(wild).rejects.toThrow("innerLearningRate");
  });

  test("the classifier's block can be left out", async () => {
    const { last } = await learn({ settings: { includeHead: false, outerSteps: 1 } });
    expect(Object.keys(last.learned)).toEqual(["fc1.weight", "fc2.weight"]);
  });

  test("the curve says whether the Neumann series converges", async () => {
    const at = async (alpha: number): Promise<number> => {
      const inverse = { kind: "neumann", alpha, terms: 5 };
      return (await learn({ settings: { outerSteps: 1, inverse } })).last.curve[0]!.neumannConverges!;
    };
    expect(await at(0.5)).toBe(1);
    expect(await at(5)).toBe(0);
  });
});

describe("the true derivative through whole runs", () => {
  const unrolled = { mode: "unrolled", outerSteps: 4, innerSteps: 4, innerLearningRate: 0.02 };

  test("with one inner step it is what Algorithm 2 says", async () => {
    const lastOf = async (mode: string): Promise<MetaProgress> =>
      (await learn({ settings: { ...unrolled, mode, innerSteps: 1 } })).last;
    const [exact, alg2] = [await lastOf("unrolled"), await lastOf("alg2")];
    for (const [name, { a, b }] of Object.entries(exact.learned)) {
      closeTo(a!, alg2.learned[name]!.a!, 1e-12);
      closeTo(b!, alg2.learned[name]!.b!, 1e-12);
    }
  });

  test("it moves M another way where runs are longer, and costs what its budget says", async () => {
    const { last } = await learn({ settings: unrolled });
    const alg2 = (await learn({ settings: { ...unrolled, mode: "alg2" } })).last;
    expect(last.learned).not.toEqual(alg2.learned);
    expect(cosine(first(last).a, first(alg2).a)).toBeGreaterThan(0.99);
    expect(last.gradientEvaluations).toBe(createMetaLearner("metamd", unrolled).budget(2));
    // Four steps forward, three products back, two gradients each; five steps of the spectral start.
    expect(last.gradientEvaluations).toBe(2 * (4 * (4 + 2 * 3) + 5));
  });

  test("it goes on after an interruption as if there had been none", async () => {
    const whole = await learn({ settings: unrolled });
    const stopped = await learn({ settings: unrolled, stopAfter: 2 });
    expect(stopped.ended).toBe("stopped");
    expect((await learn({ settings: unrolled, resume: stopped.last })).last).toEqual(whole.last);
  });

  test("a way back that overflows is counted as a run that diverged", async () => {
    const wild = { ...unrolled, innerLearningRate: 1e60, innerSteps: 2, initialisation: "random", outerSteps: 1 };
    const divergedOf = async (mode: string): Promise<number> =>
      (await learn({ settings: { ...wild, mode }, divergenceLoss: Infinity })).last.curve[0]!.divergedRuns!;
    expect(await divergedOf("alg2")).toBe(0);
    expect(await divergedOf("unrolled")).toBe(2);
  });
});

describe("short runs that begin along a long one", () => {
  const settings = { outerSteps: 3, innerSteps: 2, warmupSteps: 6, innerLearningRate: 0.02 };
  const forwardOf = (last: MetaProgress): number => last.gradientEvaluations - 2 * 5; // without the spectral start

  test("as many steps come first as are drawn, anew for every run", async () => {
    const { last } = await learn({ settings });
    const spent = last.curve.map(
      ({ gradientEvaluations }, i) => gradientEvaluations! - (last.curve[i - 1]?.gradientEvaluations ?? 10),
    );
    expect(new Set(spent).size).toBeGreaterThan(1);
    for (const count of spent) {
      expect(count).toBeGreaterThanOrEqual(2 * 2);
      expect(count).toBeLessThanOrEqual(2 * (2 + 6));
    }
    expect(forwardOf(last)).toBe(spent.reduce((sum, one) => sum + one, 0));
  });

  test("a plan counts the mean of what is drawn", () => {
    expect(createMetaLearner("metamd", settings).budget(2)).toBe(2 * (3 * (2 + 3) + 5));
  });

  test("only what the run itself moved is seen", async () => {
    const rowOf = async (more: object): Promise<Readonly<Record<string, number>>> =>
      (await learn({ settings: { ...settings, outerSteps: 1, ...more } })).last.curve[0]!;
    const [short, warmed, long] = [
      await rowOf({ warmupSteps: undefined }),
      await rowOf({ warmupSteps: 200 }),
      await rowOf({ warmupSteps: undefined, innerSteps: 200 }),
    ];
    expect(warmed.displacement).toBeLessThan(short.displacement!);
    expect(warmed.lastLoss).toBeLessThan(short.lastLoss!);
    expect(warmed.displacement).toBeLessThan(long.displacement! / 10);
  });

  test("one step has the true derivative of Algorithm 2 wherever it begins", async () => {
    const lastOf = async (mode: string): Promise<MetaProgress> =>
      (await learn({ settings: { ...settings, innerSteps: 1, mode } })).last;
    const [exact, alg2] = [await lastOf("unrolled"), await lastOf("alg2")];
    for (const [name, { a, b }] of Object.entries(exact.learned)) {
      closeTo(a!, alg2.learned[name]!.a!, 1e-12);
      closeTo(b!, alg2.learned[name]!.b!, 1e-12);
    }
  });

  test("they go on after an interruption as if there had been none", async () => {
    const unrolled = { ...settings, mode: "unrolled" };
    const whole = await learn({ settings: unrolled });
    const stopped = await learn({ settings: unrolled, stopAfter: 1 });
    expect(stopped.ended).toBe("stopped");
    expect((await learn({ settings: unrolled, resume: stopped.last })).last).toEqual(whole.last);
  });
});
