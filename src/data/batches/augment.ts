import type { Uniform } from "../../core/rng.js";
import type { Augmentation } from "../dataset.js";
import { bytesOf, type Shape } from "../images/shape.js";

/** Changes an image at random. @returns bytes that are valid until the next call. */
export type Augment = (image: Uint8Array, uniform: Uniform) => Uint8Array;

/** A crop of the image's size at a random place of the image with `crop` zeros around it, then, half of the time,
 *  mirrored left to right; on bytes, before they are normalised.
 *  Source: torchvision's RandomCrop(size, padding) and RandomHorizontalFlip. */
export function augmenter({ crop, flip }: Augmentation, shape: Shape): Augment {
  const { height, width, channels } = shape;
  const out = new Uint8Array(bytesOf(shape));
  const shift = (uniform: Uniform): number => (crop > 0 ? Math.floor(uniform() * (2 * crop + 1)) - crop : 0);
  return (image, uniform) => {
    const [down, right] = [shift(uniform), shift(uniform)];
    const mirrored = flip && uniform() < 0.5;
    if (down === 0 && right === 0 && !mirrored) return image;
    const [begin, end] = [Math.max(0, -right), Math.min(width, width - right)];
    const [first, step] = mirrored ? [width - 1 - begin, -channels] : [begin, channels];
    out.fill(0);
    for (let y = Math.max(0, -down); y < Math.min(height, height - down); y++) {
      let from = ((y + down) * width + right + begin) * channels;
      let to = (y * width + first) * channels;
      for (let x = begin; x < end; x++, from += channels, to += step) {
        out[to] = image[from]!;
        for (let c = 1; c < channels; c++) out[to + c] = image[from + c]!;
      }
    }
    return out;
  };
}
