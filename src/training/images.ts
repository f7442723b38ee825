import {
  bytesOf,
  madeOnDemand,
  orderOf,
  sizesOf,
  type BatchRecipe,
  type BatchSource,
  type FilledBuffer,
  type Normalisation,
  type Split,
} from "../data/index.js";
import type { Batch, Batches } from "./problem.js";

/** Numbers in a chunk of an evaluation: 1000 images of 28x28. */
const CHUNK_NUMBERS = 784_000;
/** Bounds of the images in a chunk. */
const CHUNK = { least: 16, most: 1000 };

/** Where the batches of a recipe come from. */
export type OpenBatches = (recipe: BatchRecipe) => BatchSource;

/** The mini-batches of a split, as a recipe says. Nothing is opened before the first one. */
export function imageBatches(recipe: BatchRecipe, open: OpenBatches = madeOnDemand): Batches {
  const { perEpoch, sizes } = orderOf(recipe);
  const source = open(recipe);
  const values = bytesOf(recipe.split.shape);
  return { perEpoch, sizes, at: (t) => batchOf(source.at(t), values), close: () => source.close() };
}

/** A whole split in order, in chunks, for evaluation. */
export function* imageChunks(
  split: Split,
  normalisation: Normalisation,
  open: OpenBatches = madeOnDemand,
): Generator<Batch> {
  const chunks = imageBatches({ split, normalisation, batchSize: chunkOf(split) }, open);
  try {
    for (let t = 1; t <= chunks.perEpoch; t++) yield chunks.at(t);
  } finally {
    chunks.close();
  }
}

/** The chunk sizes that a split is evaluated in. */
export const chunkSizes = (split: Split): number[] => sizesOf(split.count, chunkOf(split));

/** Images of a chunk, fewer the larger they are; the last one of a split may be smaller. */
export const chunkOf = ({ shape }: Pick<Split, "shape">): number =>
  Math.min(CHUNK.most, Math.max(CHUNK.least, Math.floor(CHUNK_NUMBERS / bytesOf(shape))));

function batchOf({ size, pixels, labels }: FilledBuffer, values: number): Batch {
  return { size, feeds: { images: pixels.subarray(0, size * values), labels: labels.subarray(0, size) } };
}
