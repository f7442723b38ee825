import { describe, expect, test } from "vitest";
import { Interrupted } from "../../src/core/errors.js";
import { map } from "../../src/core/tree.js";
import type { HostArray } from "../../src/engine/host.js";
import { openNamedEngine } from "../../src/engine/open.js";
import type { Params } from "../../src/engine/parameters.js";
import { initialise } from "../../src/models/initialise.js";
import { add, mul, sqrt, square, sum } from "../../src/engine/ops.js";
import type { Batches, Problem } from "../../src/training/problem.js";
import { evaluator } from "../../src/training/evaluate.js";
import type { TrainingProgram } from "../../src/training/program.js";
import { newProgress, train, type TrainSettings } from "../../src/training/train.js";
import { eachEngine } from "../support/engines.js";
import { p0, P0_START, programOf, randomBatch, smallMlp, tinyConvolution } from "../support/problems.js";

const SIZE = 8;
const batches: Batches = {
  perEpoch: 4,
  sizes: [SIZE],
  at: (t) => randomBatch(smallMlp, SIZE, 4, t % 4),
  close: () => undefined,
};
const settings = (over: Partial<TrainSettings> = {}): TrainSettings => ({
  steps: 12,
  scalars: { learningRate: 0.1, weightDecay: 0 },
  schedule: () => 1,
  divergenceLoss: 1e4,
  ...over,
});
async function started(): Promise<TrainingProgram> {
  const program = programOf(await openNamedEngine("reference"), "adam", smallMlp, [SIZE]);
  program.start(initialise(smallMlp.parameters, 0));
  return program;
}

describe("train", () => {
  test("gives the loss and the time of every step", async () => {
    const { losses, stepEnds, diverged, spent } = await train(await started(), batches, settings());
    expect(losses).toHaveLength(12);
    expect(diverged).toBe(false);
    expect(stepEnds).toHaveLength(12);
    expect([...stepEnds].sort((a, b) => a - b)).toEqual(stepEnds);
    expect(stepEnds.at(-1)).toBeCloseTo(spent.data + spent.step, 9);
  });

  test("a diverging run ends as a result", async () => {
    const wild = settings({ scalars: { learningRate: 1e6, weightDecay: 0 }, divergenceLoss: 50 });
    const { losses, diverged } = await train(await started(), batches, wild);
    expect(diverged).toBe(true);
    expect(losses.length).toBeLessThan(12);
    expect(losses.at(-1)! <= 50).toBe(false);
  });

  test("a gradient that is no number ends the run at its step, with the parameter's name", async () => {
    const engine = await openNamedEngine("reference");
    // The derivative of sqrt(0 y) is infinity times zero; the loss itself is finite.
    const broken: Problem = { ...p0, loss: ({ x, y }) => sum(add(square(x!), sqrt(mul(y!, 0)))) };
    const program = programOf(engine, "sgd", broken, [1]);
    program.start(P0_START);
    const once: Batches = { perEpoch: 1, sizes: [1], at: () => ({ size: 1, feeds: {} }), close: () => undefined };
    const { losses, diverged, brokenGradients } = await train(program, once, settings());
    expect(diverged).toBe(true);
    expect(losses).toEqual([1]);
    expect(brokenGradients).toEqual(["y"]);
  });

  test("stops early when asked to", async () => {
    const { losses } = await train(await started(), batches, settings({ stopEarly: (held) => held.length === 3 }));
    expect(losses).toHaveLength(3);
  });

  test("the schedule scales the learning rate: at zero nothing moves", async () => {
    const program = await started();
    const before = program.theta();
    await train(program, batches, settings({ schedule: () => 0 }));
    expect(program.theta()).toEqual(before);
  });

  test("stopped, saved, restored and gone on: the same numbers", async () => {
    const whole = await started();
    const { losses } = await train(whole, batches, settings());

    const first = await started();
    const stop = new AbortController();
    const progress = newProgress();
    let saved: { tensors: ReturnType<TrainingProgram["read"]>; losses: number[] } | undefined;
    const interrupted = train(first, batches, settings({ steps: 100_000 }), progress, {
      signal: stop.signal,
      checkpoint: (held) => (saved = { tensors: first.read(), losses: [...held.losses] }),
      onStep: (t) => {
        if (t === 5) stop.abort();
      },
    });
    await expect(interrupted).rejects.toThrow(Interrupted);
    // The signal is looked at every 50 ms, so the run went on a little.
    const second = await started();
    second.restore(saved!.tensors);
    const held = saved!.losses.slice(0, 12);
    expect(held).toEqual(losses.slice(0, held.length));
    const resumed = { ...newProgress(), losses: [...saved!.losses], stepEnds: saved!.losses.map(() => 0) };
    const more = settings({ steps: saved!.losses.length + 5 });
    const after = await train(second, batches, more, resumed);
    const undisturbed = await train(await started(), batches, more);
    expect(after.losses).toEqual(undisturbed.losses);
  });

  test("checkpoints come at their intervals too", async () => {
    let saves = 0;
    const watch = { checkpointSeconds: 0.1, checkpoint: () => void saves++ };
    await train(await started(), batches, settings({ steps: 1e6, stopEarly: () => saves >= 2 }), newProgress(), watch);
    expect(saves).toBe(2);
  });
});

await eachEngine(({ use }) => {
  test("examples that pass through a model in parts give the numbers of all at once", async () => {
    const engine = await use();
    const theta = initialise(tinyConvolution.parameters, 0);
    const n = 70;
    const evaluated = (atOnce: number | undefined): Record<string, HostArray> => {
      const program = engine.compile({
        state: map(({ shape }) => ({ shape, dtype: "float32" as const }), tinyConvolution.parameters),
        entries: {
          evaluate: {
            feeds: tinyConvolution.feeds(n),
            step: (state, feeds) => ({
              state,
              outputs: tinyConvolution.evaluate(state as Params, feeds, undefined, atOnce),
            }),
          },
        },
      });
      program.load(theta);
      const outputs = program.run("evaluate", randomBatch(tinyConvolution, n, 3, 1).feeds);
      program.dispose();
      return outputs;
    };
    const whole = evaluated(undefined);
    expect(whole.loss![0]).toBeGreaterThan(0);
    for (const atOnce of [32, 35, 69, 70, 71]) expect(evaluated(atOnce)).toEqual(whole);
  });
});

test("evaluation weighs chunks by their size", async () => {
  const engine = await openNamedEngine("reference");
  const theta = initialise(smallMlp.parameters, 0);
  const evaluate = evaluator(engine, smallMlp, [8, 3]);
  const [large, small] = [randomBatch(smallMlp, 8, 4, 1), randomBatch(smallMlp, 3, 4, 2)];
  const both = evaluate.evaluate(theta, [large, small]);
  const parts = [evaluate.evaluate(theta, [large]), evaluate.evaluate(theta, [small])];
  expect(both.loss).toBeCloseTo((8 * parts[0]!.loss + 3 * parts[1]!.loss) / 11, 12);
  expect(both.accuracy).toBeCloseTo((8 * parts[0]!.accuracy + 3 * parts[1]!.accuracy) / 11, 12);
  evaluate.dispose();
});
