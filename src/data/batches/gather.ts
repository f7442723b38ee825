import type { Uniform } from "../../core/rng.js";
import type { Augmentation, Split } from "../dataset.js";
import { bytesOf } from "../images/shape.js";
import { augmenter } from "./augment.js";
import { lookup } from "./lookup.js";
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
  const reader = rowReader(split);
  const augment = augmentation && augmenter(augmentation, split.shape);
  const size = bytesOf(split.shape);
  const write = lookup(normalisation, size);
  return {
    gather(indices, { pixels, labels }, uniform) {
      for (let row = 0; row < indices.length; row++) {
        labels[row] = split.labels[indices[row]!]!;
        const image = reader.read(indices[row]!);
        write(augment === undefined ? image : augment(image, uniform), pixels, row * size);
      }
    },
    close: () => reader.close(),
  };
}
