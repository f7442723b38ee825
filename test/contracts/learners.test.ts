import { describe, expect, test } from "vitest";
import { tensorCount } from "../../src/engine/memory.js";
import { openNamedEngine } from "../../src/engine/open.js";
import { createMetaLearner, LEARNER_IDS } from "../../src/meta/index.js";
import { createOptimiser, METHOD_IDS, OPTIMISERS, untrained, type LearnerId } from "../../src/optimisers/index.js";
import type { Batches } from "../../src/training/problem.js";
import { frozenResnet, randomBatch, smallMlp, smallResnet } from "../support/problems.js";
import { drill } from "../support/require.js";
import { learn, TOY_TASKS } from "../support/toy-tasks.js";

/** Small settings for every learner; a few outer steps each. */
const SMALL: Readonly<Record<LearnerId, object>> = {
  metamd: { outerSteps: 6, innerSteps: 5, innerLearningRate: 0.05 },
  metamd_short: { outerSteps: 6, innerSteps: 5, innerLearningRate: 0.05 },
  meta_sgd: { gradientEvaluations: 150, warmupSteps: 5, unrollSteps: 3, innerLearningRate: 10 },
  meta_curvature: { gradientEvaluations: 150, warmupSteps: 5, unrollSteps: 3, innerLearningRate: 0.05 },
  l2o: { episodes: 6, episodeSteps: 4, unroll: 2, validateEvery: 2, validationEpisodes: 1 },
  aruba: { tasks: 6, innerSteps: 5, learnInit: true },
};
/** Settings with those of these numbers that they have. */
const shortened = (settings: object, few: Readonly<Record<string, number>>): object => ({
  ...settings,
  ...Object.fromEntries(Object.entries(few).filter(([name]) => Object.hasOwn(settings, name))),
});

describe.each(LEARNER_IDS)("meta-training of %s", (method) => {
  const settings = SMALL[method];
  let whole: ReturnType<typeof learn> | undefined;
  /** What is learned, once for all who only look at it. */
  const learnOnce = (): ReturnType<typeof learn> => (whole ??= learn(method, { settings }));

  test("learns something for every part of its rule, and the same names stay", async () => {
    const { last } = await learnOnce();
    const fresh = untrained(method, smallMlp.parameters);
    expect(Object.keys(last.learned).sort()).toEqual(Object.keys(fresh).sort());
    expect(last.learned).not.toEqual(fresh);
    for (const values of Object.values(last.learned).flatMap((symbols) => Object.values(symbols)))
      expect(values.every(Number.isFinite)).toBe(true);
  });

  test("its curve has a row per outer step, each of the same names, all numbers", async () => {
    const { curve } = (await learnOnce()).last;
    expect(curve.length).toBeGreaterThan(3);
    expect(curve.map(({ outerStep }) => outerStep)).toEqual(curve.map((_row, i) => i + 1));
    for (const row of curve) {
      expect(Object.keys(row)).toEqual(Object.keys(curve[0]!));
      expect(Object.values(row).every(Number.isFinite)).toBe(true);
    }
  });

  test("costs no more than its budget says", async () => {
    const { last } = await learnOnce();
    expect(last.gradientEvaluations).toBeGreaterThan(0);
    expect(last.gradientEvaluations).toBeLessThanOrEqual(createMetaLearner(method, settings).budget(TOY_TASKS.length));
    expect(last.curve.at(-1)!.gradientEvaluations).toBe(last.gradientEvaluations);
  });

  test("the same seed gives the same bits, another seed others", async () => {
    const { last } = await learnOnce();
    expect((await learn(method, { settings })).last).toEqual(last);
    expect((await learn(method, { settings, seed: 1 })).last.learned).not.toEqual(last.learned);
  });

  test("stopped after an outer step and gone on: the same bits", async () => {
    const { last } = await learnOnce();
    const stopped = await learn(method, { settings, stopAfter: 2 });
    expect(stopped.ended).toBe("stopped");
    expect(stopped.last.outerStep).toBe(2);
    expect((await learn(method, { settings, resume: stopped.last })).last).toEqual(last);
  });

  test("no tensor is left behind", async () => {
    await openNamedEngine("reference");
    const before = tensorCount();
    await learn(method, { settings });
    expect(tensorCount()).toBe(before);
  });

  drill.each([
    ["a net with running statistics", smallResnet],
    ["a net with a frozen backbone", frozenResnet],
  ])(
    "learns on %s, for what is trained",
    async (_name, problem) => {
      const batches = (seed: number): Batches => ({
        perEpoch: 2,
        sizes: [4],
        at: (t) => randomBatch(problem, 4, 3, 100 * (seed % 1000) + t),
        close: () => undefined,
      });
      const task = { domain: "noise", problem, batches, innerBatches: batches, outerBatches: batches };
      const few = {
        gradientEvaluations: 20,
        warmupSteps: 2,
        episodes: 1,
        episodeSteps: 2,
        tasks: 2,
        outerSteps: 2,
        innerSteps: 3,
      };
      const { learned } = (await learn(method, { settings: shortened(settings, few), tasks: [task] })).last;
      const groups = Object.keys(untrained(method, problem.parameters));
      expect(groups).toEqual(expect.arrayContaining(Object.keys(learned)));
      for (const values of Object.values(learned).flatMap((symbols) => Object.values(symbols)))
        expect(values.every(Number.isFinite)).toBe(true);
    },
    180_000,
  );

  test("every method of this learned file takes what was learned", async () => {
    const { learned } = (await learnOnce()).last;
    const takers = METHOD_IDS.filter((id) => OPTIMISERS[id].learned?.by === method);
    expect(takers.length).toBeGreaterThan(0);
    await openNamedEngine("reference");
    for (const id of takers)
      expect(() => createOptimiser(id, {}, { parameters: smallMlp.parameters, learned })).not.toThrow();
  });
});
