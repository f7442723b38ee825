import { namedStream, permutation } from "../../core/rng.js";
import type { Split } from "../domain.js";
import { bytesOf } from "../images/shape.js";
import type { Normalisation } from "./normalise.js";
import { rowReader } from "./rows.js";

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
  /** [batchSize, height·width·channels], normalised. */
  readonly pixels: Float32Array;
  /** [batchSize]. */
  readonly labels: Int32Array;
}

/** A buffer that holds up to `size` images of a split. */
export function batchBuffer({ shape }: Split, size: number): BatchBuffer {
  return { pixels: new Float32Array(size * bytesOf(shape)), labels: new Int32Array(size) };
}

/** Writes some images, normalised, and their labels to the beginning of a buffer. */
export type Gather = (indices: ArrayLike<number>, buffer: BatchBuffer) => void;

/** Opens a split's images for reading in batches. The rest of a buffer is left as it was. */
export function gatherer(split: Split, normalisation: Normalisation): Gather {
  const size = bytesOf(split.shape);
  const { channels } = split.shape;
  const table = valueOfByte(normalisation);
  const reader = rowReader(split);
  return (indices, { pixels, labels }) => {
    for (let row = 0, to = 0; row < indices.length; row++) {
      labels[row] = split.labels[indices[row]!]!;
      const bytes = reader.read(indices[row]!);
      if (channels === 1) for (let from = 0; from < size; from++, to++) pixels[to] = table[bytes[from]!]!;
      else for (let from = 0; from < size; from++, to++) pixels[to] = table[256 * (from % channels) + bytes[from]!]!;
    }
  };
}

/** (x/255 − mean)/std of every byte x, channel by channel, rounded to float32. */
function valueOfByte({ mean, std }: Normalisation): Float32Array {
  return Float32Array.from({ length: 256 * mean.length }, (_unused, i) => {
    const channel = i >> 8;
    return ((i & 255) / 255 - mean[channel]!) / std[channel]!;
  });
}
