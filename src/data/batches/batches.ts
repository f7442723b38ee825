import { namedStream, permutation } from "../../core/rng.js";
import type { Split } from "../domain.js";

/** The images of one step. */
export interface Batch {
  /** From 0. */
  readonly epoch: number;
  /** Into the split; the last batch of an epoch may be shorter. */
  readonly indices: Int32Array;
}

export interface Batches {
  readonly perEpoch: number;
  /** The batch of a step, from 0; any step, in any order, without replaying those before. */
  batchAt(step: number): Batch;
}

/** The order in which a run sees its images: every epoch reshuffled by namedStream(seed, "batches", epoch), the last
 *  partial batch kept.
 *  @param count images of the split, ≥ 1. @param batchSize ≥ 1. */
export function batches(count: number, batchSize: number, seed: number): Batches {
  if (count < 1 || batchSize < 1) throw new Error(`batches: ${count} images in batches of ${batchSize}`);
  const perEpoch = Math.ceil(count / batchSize);
  let shuffled = { epoch: -1, order: new Int32Array(0) };
  return {
    perEpoch,
    batchAt(step) {
      const epoch = Math.floor(step / perEpoch);
      if (shuffled.epoch !== epoch)
        shuffled = { epoch, order: permutation(count, namedStream(seed, "batches", epoch)) };
      const start = (step - epoch * perEpoch) * batchSize;
      return { epoch, indices: shuffled.order.subarray(start, start + batchSize) };
    },
  };
}

/** Memory for one batch, reused from step to step. */
export interface BatchBuffer {
  /** [batchSize, height·width·channels], in [0, 1]. */
  readonly pixels: Float32Array;
  /** [batchSize]. */
  readonly labels: Int32Array;
}

/** A buffer that holds up to `size` images of a split. */
export function batchBuffer(split: Split, size: number): BatchBuffer {
  return { pixels: new Float32Array(size * imageBytes(split)), labels: new Int32Array(size) };
}

/** x/255 for every byte x, rounded to float32. */
const UNIT = Float32Array.from({ length: 256 }, (_unused, byte) => byte / 255);

/** Writes pixels/255 and labels of some images to the beginning of a buffer; the rest of it is left as it was. */
export function gather(split: Split, indices: ArrayLike<number>, { pixels, labels }: BatchBuffer): void {
  const size = imageBytes(split);
  for (let row = 0, to = 0; row < indices.length; row++) {
    const index = indices[row]!;
    labels[row] = split.labels[index]!;
    for (let from = index * size, end = from + size; from < end; from++, to++) pixels[to] = UNIT[split.images[from]!]!;
  }
}

function imageBytes(split: Split): number {
  return split.images.length / split.count;
}
