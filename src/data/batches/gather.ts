import type { Uniform } from "../../core/rng.js";
import type { Augmentation } from "../dataset.js";
import type { Split } from "../domain.js";
import { bytesOf } from "../images/shape.js";
import { augmenter } from "./augment.js";
import type { Normalisation } from "./normalise.js";
import { rowReader } from "./rows.js";

/** Memory for one batch, reused from step to step. */
export interface BatchBuffer {
  /** [batchSize, height·width·channels], normalised. */
  readonly pixels: Float32Array;
  /** [batchSize]. */
  readonly labels: Int32Array;
}

/** A buffer that holds up to `size` images of a split. */
export function batchBuffer({ shape }: Pick<Split, "shape">, size: number): BatchBuffer {
  return { pixels: new Float32Array(size * bytesOf(shape)), labels: new Int32Array(size) };
}

export interface Gatherer {
  /** Writes some images, changed at random where that is asked for, normalised, and their labels to the beginning of a
   *  buffer. The rest of it is left as it was. */
  gather(indices: ArrayLike<number>, buffer: BatchBuffer, uniform: Uniform): void;
  close(): void;
}

/** Opens a split's images for reading in batches. */
export function gatherer(split: Split, normalisation: Normalisation, augmentation?: Augmentation): Gatherer {
  const table = valueOfByte(normalisation);
  const reader = rowReader(split);
  const augment = augmentation && augmenter(augmentation, split.shape);
  const convert = split.shape.channels === 1 ? convertGrey : convertColour;
  return {
    gather(indices, { pixels, labels }, uniform) {
      for (let row = 0, to = 0; row < indices.length; row++) {
        labels[row] = split.labels[indices[row]!]!;
        const image = reader.read(indices[row]!);
        const bytes = augment === undefined ? image : augment(image, uniform);
        convert(bytes, table, pixels, to);
        to += bytes.length;
      }
    },
    close: () => reader.close(),
  };
}

/** Writes the values of an image's bytes from a place on. */
type Convert = (bytes: Uint8Array, table: Float32Array, pixels: Float32Array, begin: number) => void;

/** One channel, four bytes a turn: a byte a turn takes twice as long. */
const convertGrey: Convert = (bytes, table, pixels, begin) => {
  const whole = bytes.length - (bytes.length % 4);
  let to = begin;
  for (let from = 0; from < whole; from += 4, to += 4) {
    pixels[to] = table[bytes[from]!]!;
    pixels[to + 1] = table[bytes[from + 1]!]!;
    pixels[to + 2] = table[bytes[from + 2]!]!;
    pixels[to + 3] = table[bytes[from + 3]!]!;
  }
  for (let from = whole; from < bytes.length; from++) pixels[to++] = table[bytes[from]!]!;
};

/** Three channels, two pixels a turn. */
const convertColour: Convert = (bytes, table, pixels, begin) => {
  const whole = bytes.length - (bytes.length % 6);
  let to = begin;
  for (let from = 0; from < whole; from += 6, to += 6) {
    pixels[to] = table[bytes[from]!]!;
    pixels[to + 1] = table[256 + bytes[from + 1]!]!;
    pixels[to + 2] = table[512 + bytes[from + 2]!]!;
    pixels[to + 3] = table[bytes[from + 3]!]!;
    pixels[to + 4] = table[256 + bytes[from + 4]!]!;
    pixels[to + 5] = table[512 + bytes[from + 5]!]!;
  }
  for (let channel = 0, from = whole; from < bytes.length; from++)
    pixels[to++] = table[256 * channel++ + bytes[from]!]!;
};

/** (x/255 − mean)/std of every byte x, channel by channel, rounded to float32. */
function valueOfByte({ mean, std }: Normalisation): Float32Array {
  return Float32Array.from({ length: 256 * mean.length }, (_unused, i) => {
    const channel = i >> 8;
    return ((i & 255) / 255 - mean[channel]!) / std[channel]!;
  });
}
