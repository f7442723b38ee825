import { describe, expect, test } from "vitest";
import { openNamedEngine } from "../../src/engine/open.js";
import { initialise } from "../../src/models/initialise.js";
import { METHOD_IDS, type MethodId } from "../../src/optimisers/index.js";
import type { Batches } from "../../src/training/problem.js";
import { train, type TrainProgress } from "../../src/training/train.js";
import { programOf, randomBatch, smallMlp, someLearned } from "../support/problems.js";

const SIZE = 8;
const batchesOf = (seed: number): Batches => ({
  perEpoch: 4,
  sizes: [SIZE],
  at: (t) => randomBatch(smallMlp, SIZE, 4, 100 * seed + (t % 4)),
  close: () => undefined,
});

async function run(id: MethodId, learningRate: number, steps: number, seed = 0): Promise<TrainProgress> {
  const program = programOf(await openNamedEngine("reference"), id, smallMlp, [SIZE]);
  program.start(initialise(smallMlp.parameters, seed), someLearned(id, smallMlp.parameters));
  const settings = { steps, scalars: { learningRate, weightDecay: 0 }, schedule: () => 1, divergenceLoss: 1e4 };
  const progress = await train(program, batchesOf(seed), settings);
  program.dispose();
  return progress;
}

/** K-FAC's KL clipping bounds every step, whatever the learning rate. */
const BOUNDED: readonly MethodId[] = ["kfac"];

describe("a learning rate of a thousand", () => {
  const wild = METHOD_IDS.filter((id) => !BOUNDED.includes(id));
  test.each(wild)("%s diverges within a few steps", async (id) => {
    // Meta-SGD's learned rates, which the learning rate multiplies, are near 0.01.
    const { diverged, losses } = await run(id, id === "meta_sgd" ? 1e5 : 1e3, 20);
    expect(diverged).toBe(true);
    expect(losses.length).toBeLessThan(20);
  });

  test.each(BOUNDED)("%s bounds its steps", async (id) => {
    const { diverged, losses } = await run(id, 1e3, 20);
    expect(diverged).toBe(false);
    expect(losses.every(Number.isFinite)).toBe(true);
  });
});

describe("images that are no numbers", () => {
  test.each(METHOD_IDS)("%s ends at once, and the parameters without a gradient are named", async (id) => {
    const program = programOf(await openNamedEngine("reference"), id, smallMlp, [SIZE]);
    program.start(initialise(smallMlp.parameters, 0), someLearned(id, smallMlp.parameters));
    const { feeds } = randomBatch(smallMlp, SIZE, 4);
    const broken = { size: SIZE, feeds: { ...feeds, images: new Float32Array(feeds.images!.length).fill(NaN) } };
    const batches: Batches = { perEpoch: 1, sizes: [SIZE], at: () => broken, close: () => undefined };
    const settings = {
      steps: 5,
      scalars: { learningRate: 0.1, weightDecay: 0 },
      schedule: () => 1,
      divergenceLoss: 1e4,
    };
    const { losses, diverged, brokenGradients } = await train(program, batches, settings);
    program.dispose();
    expect(diverged).toBe(true);
    expect(losses).toHaveLength(1);
    expect(brokenGradients).toContain("fc1.weight");
  });
});

describe("seeds", () => {
  test.each(METHOD_IDS)("%s repeats a run by its seed, bit by bit", async (id) => {
    const { losses } = await run(id, 0.01, 4);
    expect((await run(id, 0.01, 4)).losses).toEqual(losses);
    expect((await run(id, 0.01, 4, 1)).losses).not.toEqual(losses);
  });
});
