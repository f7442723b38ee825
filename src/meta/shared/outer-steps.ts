import { Interrupted } from "../../core/errors.js";
import { namedStream, permutation } from "../../core/rng.js";
import type { TrainSettings } from "../../training/train.js";
import type { MetaProgress, MetaTask, MetaTraining } from "../meta-learner.js";

/** Takes outer steps while any are left, with a checkpoint after each. @throws Interrupted after a checkpoint. */
export async function takeOuterSteps(
  training: Pick<MetaTraining, "checkpoint" | "signal">,
  first: MetaProgress,
  isLeft: (progress: MetaProgress) => boolean,
  step: (before: MetaProgress) => Promise<MetaProgress>,
): Promise<MetaProgress> {
  let progress = first;
  while (isLeft(progress)) {
    progress = await step(progress);
    training.checkpoint(progress);
    if (training.signal?.aborted === true && isLeft(progress)) throw new Interrupted();
  }
  return progress;
}

/** The task of inner run t = 1, 2, ...: every task once in a random order, then all of them again in another. */
export function taskAt({ tasks, seed }: MetaTraining, t: number): MetaTask {
  const round = Math.floor((t - 1) / tasks.length);
  const order = permutation(tasks.length, namedStream(seed, "task order", round));
  return tasks[order[(t - 1) % tasks.length]!]!;
}

/** How a model is trained in an inner run: so many steps at one rate, without weight decay. */
export const innerSteps = (
  { divergenceLoss }: Pick<MetaTraining, "divergenceLoss">,
  steps: number,
  learningRate: number,
): TrainSettings => ({
  steps,
  scalars: { learningRate, weightDecay: 0 },
  schedule: () => 1,
  divergenceLoss,
});
