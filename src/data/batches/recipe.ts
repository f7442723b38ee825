import { namedStream } from "../../core/rng.js";
import type { Augmentation, Split } from "../dataset.js";
import { gatherer, type BatchBuffer, type Gatherer } from "./gather.js";
import type { Normalisation } from "./normalise.js";
import { plainOrder, shuffledOrder, type BatchOrder, type LastBatch } from "./order.js";

/** All that decides the batches of a run: batch t is the same bytes wherever and whenever it is made. Plain values, so
 *  that it can be sent to a thread. */
export interface BatchRecipe {
  readonly split: Split;
  readonly normalisation: Normalisation;
  readonly batchSize: number;
  /** Absent: the split once, in its order. */
  readonly shuffle?: Shuffle;
  /** These images of the split; absent: all. */
  readonly only?: Int32Array;
  readonly augmentation?: Augmentation | undefined;
}

/** How a run goes through its images, epoch after epoch. */
interface Shuffle {
  /** The same seed gives the same order for every method. */
  readonly seed: number;
  readonly lastBatch: LastBatch;
}

/** Makes batches where it is called. */
export interface BatchMaker {
  /** Writes the batch of step t = 1, 2, ... to the beginning of a buffer. @returns its size. */
  make(t: number, buffer: BatchBuffer): number;
  close(): void;
}

export function orderOf({ split, only, batchSize, shuffle }: BatchRecipe): BatchOrder {
  const count = only?.length ?? split.count;
  return shuffle === undefined
    ? plainOrder(count, batchSize)
    : shuffledOrder(count, batchSize, shuffle.seed, shuffle.lastBatch);
}

/** The last batch that a recipe has; runs end where they want to. */
export const lastOf = (recipe: BatchRecipe): number =>
  recipe.shuffle === undefined ? orderOf(recipe).perEpoch : Infinity;

/** Opens nothing before the first batch. Batch t is changed by the numbers of namedStream(seed, "augmentation", t), image
 *  by image. */
export function batchMaker(recipe: BatchRecipe): BatchMaker {
  const { split, normalisation, augmentation, shuffle, only } = recipe;
  const order = orderOf(recipe);
  let images: Gatherer | undefined;
  return {
    make(t, buffer) {
      images ??= gatherer(split, normalisation, augmentation);
      const places = order.indicesAt(t);
      const uniform = augmentation && namedStream(shuffle?.seed ?? 0, "augmentation", t);
      images.gather(only === undefined ? places : places.map((place) => only[place]!), buffer, uniform ?? noChance);
      return places.length;
    },
    close() {
      images?.close();
      images = undefined;
    },
  };
}

const noChance = (): never => {
  throw new Error("nothing here is random");
};
