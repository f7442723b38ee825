import { z } from "zod";
import { flatten, unflatten } from "../../core/tree.js";
import { isHostArray } from "../../engine/host.js";
import { blocksOf, type Blocks } from "../../meta/metamd/inner-runs.js";
import { createMetaLearner } from "../../meta/index.js";
import type { MetaTask, MetaTraining } from "../../meta/meta-learner.js";
import type { MetamdSettings } from "../../meta/metamd/settings.js";
import type { LearnedValues } from "../../optimisers/optimiser.js";
import type { Split } from "../../data/index.js";
import { imageBatches } from "../../training/images.js";
import type { Problem } from "../../training/problem.js";
import { readCheckpoint, takenOver, writeCheckpoint } from "../../records/checkpoint.js";
import { measured } from "../../records/number.js";

/** The folder of an analysis that learning keeps its outer steps in. */
export const CHECKPOINT = "checkpoint";

const storedProgress = z.strictObject({
  outerStep: z.int(),
  curve: z.array(z.record(z.string(), measured)),
  gradientEvaluations: z.int(),
});

/** M where learning begins and where it ends. */
interface LearnedBlocks {
  readonly first: Blocks;
  readonly learned: Blocks;
}

/** As experiments have it by default. */
export const LAST_BATCH = "drop";

/** What MetaMD learns on: shuffled batches of images, as they are. */
export const imageTask = (domain: string, problem: Problem, split: Split, batchSize: number): MetaTask => ({
  domain,
  problem,
  batches: (seed) =>
    imageBatches({
      split,
      normalisation: { mean: [0], std: [1] },
      batchSize,
      shuffle: { seed, lastBatch: LAST_BATCH },
    }),
  innerBatches: noOuterLoss,
  outerBatches: noOuterLoss,
});

function noOuterLoss(): never {
  throw new Error("MetaMD has no outer loss");
}

/** MetaMD's outer loop for a study, from its checkpoint if it has one of the same engine: an analysis is made by one.
 *  @param checkpoints folder that each outer step is kept in. @throws Interrupted after a checkpoint. */
export async function learnBlocks(
  settings: MetamdSettings,
  training: Omit<MetaTraining, "divergenceLoss" | "checkpoint">,
  checkpoints: string,
): Promise<LearnedBlocks> {
  const found = readCheckpoint(checkpoints, storedProgress);
  const engines = takenOver(found?.engines, training.engine.details);
  const held = engines.length > 1 ? undefined : found;
  const kept = held && (unflatten(held.tensors) as { first: LearnedValues; learned: LearnedValues });
  let first = kept?.first;
  const { learned } = await createMetaLearner("metamd", settings).learn(
    {
      ...training,
      divergenceLoss: 1e4,
      checkpoint({ outerStep, curve, gradientEvaluations, learned }) {
        first ??= learned;
        const progress = { outerStep, curve: curve.map((row) => ({ ...row })), gradientEvaluations };
        const tensors = flatten({ first, learned }, isHostArray);
        writeCheckpoint(checkpoints, storedProgress, { tensors, progress, engines: engines.slice(-1) });
      },
    },
    held && { ...held.progress, learned: kept!.learned },
  );
  return { first: blocksOf(first!), learned: blocksOf(learned) };
}
