import { expect, test } from "vitest";
import { openNamedEngine } from "../../../src/engine/open.js";
import { blockViews } from "../../../src/meta/metamd/initialise-blocks.js";
import { innerRunner, type InnerRunner } from "../../../src/meta/metamd/inner-runs.js";
import type { MetaTask } from "../../../src/meta/meta-learner.js";
import { map } from "../../../src/core/tree.js";
import { TOY_TASKS } from "../../support/toy-tasks.js";

const [WARMUP, STEPS, SEED] = [3, 4, 7];
const task = TOY_TASKS[0]!;
/** The same task without its first batches. */
const later: MetaTask = {
  ...task,
  batches: (seed) => ({ ...task.batches(seed), at: (t) => task.batches(seed).at(WARMUP + t) }),
};
const { parameters } = task.problem;
const views = blockViews(parameters, true);
const blocks = map(
  ({ rows, columns }) => ({ a: new Float64Array(columns).fill(0.2), b: new Float64Array(rows).fill(0.3) }),
  views,
);

async function withRunner<Result>(use: (runner: InnerRunner) => Promise<Result>): Promise<Result> {
  const training = {
    engine: await openNamedEngine("reference"),
    tasks: [task],
    parameters,
    divergenceLoss: 1e4,
    onStep: () => undefined,
  };
  const runner = innerRunner(training, { innerLearningRate: 0.05, earlyStopLoss: 0, normalise: true }, views);
  try {
    return await use(runner);
  } finally {
    runner.dispose();
  }
}

test("a run after a warm-up is the end of the run that has both", async () => {
  await withRunner(async (runner) => {
    const whole = await runner.run(task, blocks, SEED, WARMUP + STEPS, { keep: true });
    const warmed = await runner.run(task, blocks, SEED, STEPS, { warmup: WARMUP, keep: true });
    expect(warmed.losses).toEqual(whole.losses);
    expect(warmed.thetas).toEqual(whole.thetas.slice(WARMUP));
  });
});

test("its true hypergradient is of its own batches", async () => {
  await withRunner(async (runner) => {
    const { thetas } = await runner.run(task, blocks, SEED, STEPS, { warmup: WARMUP, keep: true });
    const own = await runner.hypergradient(task, blocks, SEED, thetas, WARMUP);
    expect(own).toEqual(await runner.hypergradient(later, blocks, SEED, thetas));
    expect(own).not.toEqual(await runner.hypergradient(task, blocks, SEED, thetas));
  });
});
