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

/** What becomes of the images that an epoch has left over after its full batches: drop: they are not seen in it; run-on:
 *  they begin a batch that the next epoch fills up, which may hold one of them twice; partial: they are a smaller batch,
 *  which takes a whole step. */
export const LAST_BATCHES = ["drop", "run-on", "partial"] as const;
export type LastBatch = (typeof LAST_BATCHES)[number];

/** Images of a full batch: a set smaller than a batch is one batch. */
const fullSize = (count: number, batchSize: number): number => Math.min(count, batchSize);

/** Batches in an epoch of shuffled images. @param count images of the set, ≥ 1. @param batchSize ≥ 1. */
export function batchesPerEpoch(count: number, batchSize: number, lastBatch: LastBatch): number {
  const batches = count / fullSize(count, batchSize);
  return { drop: Math.floor(batches), "run-on": batches, partial: Math.ceil(batches) }[lastBatch];
}

/** The order in which a run sees its images: every epoch reshuffled by namedStream(seed, "batches", epoch).
 *  @param count images of the set, ≥ 1. @param batchSize ≥ 1. */
export function shuffledOrder(count: number, batchSize: number, seed: number, lastBatch: LastBatch): BatchOrder {
  if (count < 1 || batchSize < 1) throw new Error(`batches: ${count} images in batches of ${batchSize}`);
  const size = fullSize(count, batchSize);
  const shuffled = shuffler(count, seed);
  const perEpoch = batchesPerEpoch(count, size, lastBatch);
  const ofEpoch = (t: number): Int32Array => {
    const epoch = Math.floor((t - 1) / perEpoch);
    const start = (t - 1 - epoch * perEpoch) * size;
    return shuffled(epoch).subarray(start, start + size);
  };
  return {
    perEpoch,
    sizes: lastBatch === "partial" ? sizesOf(count, size) : [size],
    indicesAt: lastBatch === "run-on" ? (t) => runOn(shuffled, count, size, t) : ofEpoch,
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
function shuffler(count: number, seed: number): (epoch: number) => Int32Array {
  let held = { epoch: -1, order: new Int32Array(0) };
  return (epoch) => {
    if (held.epoch !== epoch) held = { epoch, order: permutation(count, namedStream(seed, "batches", epoch)) };
    return held.order;
  };
}

/** Images (t − 1)·size to t·size of all epochs one after the other. @param size at most `count`. */
function runOn(shuffled: (epoch: number) => Int32Array, count: number, size: number, t: number): Int32Array {
  const begin = (t - 1) * size;
  const epoch = Math.floor(begin / count);
  const start = begin - epoch * count;
  const first = shuffled(epoch).subarray(start, start + size);
  if (first.length === size) return first;
  const indices = new Int32Array(size);
  indices.set(first);
  indices.set(shuffled(epoch + 1).subarray(0, size - first.length), first.length);
  return indices;
}
