import { bytesOf } from "../images/shape.js";
import type { BatchRecipe } from "./recipe.js";
import { madeOnDemand, type BatchSource } from "./source.js";
import { batchThreads } from "./threads.js";

/** Numbers of a batch from which on it is prepared ahead; changed at random, one counts twice. Below, a batch takes less
 *  than 0.4 ms, and small runs are many and side by side: no processor is left for a thread. docs/batches.md has times. */
const FEWEST_NUMBERS = 150_000;
/** Processors from which on two threads prepare batches. On two processors a second one gained nothing. */
const MANY_PROCESSORS = 8;

/** Whether threads should prepare a recipe's batches: images on disk always, otherwise training on large enough ones;
 *  an evaluation is over before a thread has started. */
export function isPreparedAhead({ split, batchSize, shuffle, augmentation }: BatchRecipe): boolean {
  if (!(split.images instanceof Uint8Array)) return true;
  // Other memory would be copied for every run.
  if (shuffle === undefined || !(split.images.buffer instanceof SharedArrayBuffer)) return false;
  const numbers = Math.min(batchSize, split.count) * bytesOf(split.shape);
  return numbers * (augmentation === undefined ? 1 : 2) >= FEWEST_NUMBERS;
}

/** Opens the batches of recipes: made by threads of this process where that pays, which start with the first such batch. */
export function preparedBatches(processors: number): {
  open(recipe: BatchRecipe): BatchSource;
  close(): Promise<void>;
} {
  const threads = batchThreads(processors >= MANY_PROCESSORS ? 2 : 1);
  return {
    open: (recipe) => (isPreparedAhead(recipe) ? threads.open(recipe) : madeOnDemand(recipe)),
    close: () => threads.close(),
  };
}
