import { namedStream } from "../../core/rng.js";
import type { ResolvedConfig } from "../../config/load.js";
import { bytesOf, inSharedMemory, type BatchRecipe, type Shape, type Split } from "../../data/index.js";
import type { MetaTask } from "../../meta/meta-learner.js";
import { imageBatches } from "../../training/images.js";
import type { Problem } from "../../training/problem.js";
import { augmentationOf } from "./cell-steps.js";

/** Images of noise around a picture for every class: training on them costs what training costs. */
export function madeUpSplit(shape: Shape, classes: number, count: number): Split {
  const size = bytesOf(shape);
  const uniform = namedStream(0, "made-up images");
  const pictures = Uint8Array.from({ length: classes * size }, () => 160 * uniform());
  const images = new Uint8Array(count * size);
  const labels = Uint16Array.from({ length: count }, (_unused, i) => i % classes);
  // Noise repeats itself: drawing it would take longer than what is measured.
  for (let i = 0; i < images.length; i++)
    images[i] = pictures[labels[Math.floor(i / size)]! * size + (i % size)]! + ((i * 7919) % 64);
  return { shape, images: inSharedMemory([images]), labels, count };
}

/** Batches of made-up images, as a config's runs take theirs. @param batchSize of the images that there are, at most. */
export function madeUpRecipe(config: ResolvedConfig, split: Split, phase: "meta-train" | "trial"): BatchRecipe {
  const { batchSize, lastBatch } = config.training;
  const { channels } = split.shape;
  return {
    split,
    normalisation: { mean: new Array<number>(channels).fill(0), std: new Array<number>(channels).fill(1) },
    batchSize,
    shuffle: { seed: 0, lastBatch },
    augmentation: augmentationOf(config, phase),
  };
}

/** A meta-training task on made-up images. */
export function madeUpTask(problem: Problem, recipe: BatchRecipe): MetaTask {
  const batches = (seed: number) => imageBatches({ ...recipe, shuffle: { ...recipe.shuffle!, seed } });
  return { domain: "made-up", problem, batches, innerBatches: batches, outerBatches: batches };
}
