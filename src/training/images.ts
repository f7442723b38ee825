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
import type { Engine } from "../engine/engine.js";
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

/** Whether all images of a recipe's split should lie in the program that trains on them, so that a step is given their
 *  places alone: they are not changed at random, few enough for the engine, and each is shown about once at least, as
 *  making them takes what making so many batches does. @param steps of the run. */
export function areHeld(
  { heldBytes: most = 0 }: Engine,
  { split, batchSize, augmentation }: Pick<BatchRecipe, "batchSize" | "augmentation"> & { split: Images },
  steps: number,
): boolean {
  return augmentation === undefined && heldBytes(split) <= most && steps * batchSize >= split.count;
}

type Images = Pick<Split, "shape" | "count">;

/** Bytes of a split's images as a program holds them. */
export const heldBytes = ({ shape, count }: Images): number => Float32Array.BYTES_PER_ELEMENT * count * bytesOf(shape);

/** The same batches as `imageBatches` gives, for a program that holds all images of the split: their places in it. */
export function placedBatches(recipe: BatchRecipe): Batches {
  const { split, only } = recipe;
  const { perEpoch, sizes, indicesAt } = orderOf(recipe);
  return {
    perEpoch,
    sizes,
    at(t) {
      const images = indicesAt(t).map((place) => only?.[place] ?? place);
      return { size: images.length, feeds: { images, labels: images.map((image) => split.labels[image]!) } };
    },
    close: () => undefined,
  };
}

/** All images of a split as batches have them, for a program that holds them. */
export function heldImages({ split, normalisation }: BatchRecipe): Float32Array {
  const whole = madeOnDemand({ split, normalisation, batchSize: split.count });
  try {
    return whole.at(1).pixels;
  } finally {
    whole.close();
  }
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
