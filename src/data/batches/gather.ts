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
  const { channels } = split.shape;
  const table = valueOfByte(normalisation);
  const reader = rowReader(split);
  const augment = augmentation && augmenter(augmentation, split.shape);
  return {
    gather(indices, { pixels, labels }, uniform) {
      for (let row = 0, to = 0; row < indices.length; row++) {
        labels[row] = split.labels[indices[row]!]!;
        const image = reader.read(indices[row]!);
        const bytes = augment === undefined ? image : augment(image, uniform);
        if (channels === 3) {
          // One pass: three would take twice as long.
          for (let from = 0; from < bytes.length; from += 3, to += 3) {
            pixels[to] = table[bytes[from]!]!;
            pixels[to + 1] = table[256 + bytes[from + 1]!]!;
            pixels[to + 2] = table[512 + bytes[from + 2]!]!;
          }
          continue;
        }
        for (let channel = 0; channel < channels; channel++)
          for (let from = channel; from < bytes.length; from += channels)
            pixels[to + from] = table[256 * channel + bytes[from]!]!;
        to += bytes.length;
      }
    },
    close: () => reader.close(),
  };
}

/** (x/255 − mean)/std of every byte x, channel by channel, rounded to float32. */
function valueOfByte({ mean, std }: Normalisation): Float32Array {
  return Float32Array.from({ length: 256 * mean.length }, (_unused, i) => {
    const channel = i >> 8;
    return ((i & 255) / 255 - mean[channel]!) / std[channel]!;
  });
}
