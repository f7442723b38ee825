import { expect, test } from "vitest";
import { openNamedEngine } from "../../../src/engine/open.js";
import { learningPrice } from "../../../src/meta/shared/learning-probe.js";
import { LEARNER_IDS } from "../../../src/meta/index.js";
import { TOY_TASKS } from "../../support/toy-tasks.js";

/** Learnings that would take hours. */
const ENDLESS: Readonly<Record<(typeof LEARNER_IDS)[number], object>> = {
  l2o: { episodes: 1e6, episodeSteps: 1e4 },
  meta_sgd: { gradientEvaluations: 1e8, warmupSteps: 2 },
  meta_curvature: { gradientEvaluations: 1e8, warmupSteps: 2 },
  aruba: { tasks: 1e7, innerSteps: 2 },
  metamd: { outerSteps: 1e6, innerSteps: 2 },
  metamd_short: { outerSteps: 1e6, innerSteps: 1e6 },
};

test.each(LEARNER_IDS)("%s is learned for a while, and its gradients have a price", async (method) => {
  const engine = await openNamedEngine("reference");
  const training = { engine, tasks: TOY_TASKS, parameters: TOY_TASKS[0]!.problem.parameters };
  const { gradient, once } = await learningPrice(method, ENDLESS[method], training, 100);
  expect(gradient).toBeGreaterThan(0);
  expect(gradient).toBeLessThan(Infinity);
  expect(once).toBeGreaterThanOrEqual(0);
});

test("a learning that ends before it was seen for long enough has one too", async () => {
  const engine = await openNamedEngine("reference");
  const training = { engine, tasks: TOY_TASKS, parameters: TOY_TASKS[0]!.problem.parameters };
  const { gradient } = await learningPrice("metamd", { outerSteps: 1, innerSteps: 1 }, training, 1e6);
  expect(gradient).toBeGreaterThan(0);
});
