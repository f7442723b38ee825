import { namedStream, permutation } from "../../core/rng.js";

/** Which images each step sees. */
export interface BatchOrder {
  /** Batches in an epoch; no whole number where batches run on into the next one. */
  readonly perEpoch: number;
  /** Every size that occurs. */
  readonly sizes: readonly number[];
  /** The images of step t = 1, 2, ...; any step, in any order, without replaying those before. */
  indicesAt(t: number): Int32Array;
}

/** What happens where an epoch does not end with a full batch: the rest is a smaller batch, or the batch is filled up
 *  from the next epoch. */
export type EpochEnd = "partial" | "run-on";

/** The order in which a run sees its images: every epoch reshuffled by namedStream(seed, "batches", epoch).
 *  @param count images of the split, ≥ 1. @param batchSize ≥ 1. */
export function shuffledOrder(count: number, batchSize: number, seed: number, end: EpochEnd = "partial"): BatchOrder {
  const shuffled = shuffler(count, batchSize, seed);
  if (end === "run-on")
    return { perEpoch: count / batchSize, sizes: [batchSize], indicesAt: (t) => runOn(shuffled, count, batchSize, t) };
  const perEpoch = Math.ceil(count / batchSize);
  return {
    perEpoch,
    sizes: sizesOf(count, batchSize),
    indicesAt(t) {
      const epoch = Math.floor((t - 1) / perEpoch);
      const start = (t - 1 - epoch * perEpoch) * batchSize;
      return shuffled(epoch).subarray(start, start + batchSize);
    },
  };
}

/** All images once, as they lie. */
export function plainOrder(count: number, batchSize: number): BatchOrder {
  return {
    perEpoch: Math.ceil(count / batchSize),
    sizes: sizesOf(count, batchSize),
    indicesAt(t) {
      const start = (t - 1) * batchSize;
      return Int32Array.from({ length: Math.min(batchSize, count - start) }, (_unused, i) => start + i);
    },
  };
}

/** Full batches, and the partial one where n does not divide evenly. */
export const sizesOf = (n: number, size: number): number[] => [
  ...(n >= size ? [size] : []),
  ...(n % size > 0 ? [n % size] : []),
];

/** The permutation of an epoch; the last one is kept. */
function shuffler(count: number, batchSize: number, seed: number): (epoch: number) => Int32Array {
  if (count < 1 || batchSize < 1) throw new Error(`batches: ${count} images in batches of ${batchSize}`);
  let held = { epoch: -1, order: new Int32Array(0) };
  return (epoch) => {
    if (held.epoch !== epoch) held = { epoch, order: permutation(count, namedStream(seed, "batches", epoch)) };
    return held.order;
  };
}

/** Images (t − 1)·batchSize to t·batchSize of all epochs one after the other. */
function runOn(shuffled: (epoch: number) => Int32Array, count: number, batchSize: number, t: number): Int32Array {
  const indices = new Int32Array(batchSize);
  for (let filled = 0; filled < batchSize;) {
    const place = (t - 1) * batchSize + filled;
    const epoch = Math.floor(place / count);
    const start = place - epoch * count;
    const part = shuffled(epoch).subarray(start, start + batchSize - filled);
    indices.set(part, filled);
    filled += part.length;
  }
  return indices;
}
