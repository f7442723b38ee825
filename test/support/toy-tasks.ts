import { Interrupted } from "../../src/core/errors.js";
import { namedStream } from "../../src/core/rng.js";
import { openNamedEngine } from "../../src/engine/open.js";
import { createMetaLearner } from "../../src/meta/index.js";
import type { MetaProgress, MetaTask, MetaTraining } from "../../src/meta/meta-learner.js";
import type { LearnerId } from "../../src/optimisers/index.js";
import type { Batches } from "../../src/training/problem.js";
import { smallMlp } from "./problems.js";

const SIZE = 16;
/** What all images of all tasks have in common: brightest in the middle. */
export const TOY_MEAN = Float64Array.of(0.2, 0.6, 0.2, 0.6, 1, 0.6, 0.2, 0.6, 0.2);

/** Batches of noisy images around the mean; the label says which corner is lit. */
const batchesOf =
  (task: number) =>
  (seed: number): Batches => ({
    perEpoch: 10,
    sizes: [SIZE],
    at(t) {
      const uniform = namedStream(seed, "toy", task, t);
      const labels = Int32Array.from({ length: SIZE }, () => Math.floor(uniform() * 4));
      const images = new Float32Array(SIZE * 9);
      for (let n = 0; n < SIZE; n++) {
        for (let p = 0; p < 9; p++) images[n * 9 + p] = 2 * TOY_MEAN[p]! + 0.3 * uniform();
        images[n * 9 + [0, 2, 6, 8][(labels[n]! + task) % 4]!]! += 1;
      }
      return { size: SIZE, feeds: { images, labels } };
    },
    close: () => undefined,
  });
export const TOY_TASKS: readonly MetaTask[] = [0, 1].map((task) => ({
  domain: `toy/${task}`,
  problem: smallMlp,
  batches: batchesOf(task),
  innerBatches: batchesOf(task),
  outerBatches: batchesOf(task),
}));

export interface Learning {
  readonly settings?: object;
  readonly tasks?: readonly MetaTask[];
  readonly seed?: number;
  readonly resume?: MetaProgress;
  readonly divergenceLoss?: number;
  /** Stops after this outer step, as Ctrl-C would. */
  readonly stopAfter?: number;
}

/** Meta-trains a method on the toy tasks, or others, on the reference engine. @returns what the last checkpoint was given. */
export async function learn(
  method: LearnerId,
  { settings = {}, tasks = TOY_TASKS, seed = 0, resume, stopAfter, divergenceLoss = 1e4 }: Learning = {},
): Promise<{ last: MetaProgress; ended: "done" | "stopped" }> {
  const stop = new AbortController();
  let last: MetaProgress | undefined;
  const training: MetaTraining = {
    engine: await openNamedEngine("reference"),
    tasks,
    parameters: tasks[0]!.problem.parameters,
    seed,
    divergenceLoss,
    signal: stop.signal,
    onStep: () => undefined,
    checkpoint(progress) {
      last = structuredClone(progress);
      if (progress.outerStep === stopAfter) stop.abort();
    },
  };
  try {
    return { last: await createMetaLearner(method, settings).learn(training, resume), ended: "done" };
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    return { last: last!, ended: "stopped" };
  }
}
