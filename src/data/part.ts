import { concatenate } from "./bytes.js";
import type { ImagePart } from "./dataset.js";

/** A part that holds its decoded bytes. @param pixels row-major, equally many bytes per label. */
export function decodedPart(labels: ArrayLike<number>, pixels: Uint8Array): ImagePart {
  const size = labels.length === 0 ? 0 : pixels.length / labels.length;
  return {
    labels: Uint16Array.from(labels),
    pixels: (indices) => (indices === undefined ? pixels : rows(pixels, size, indices)),
  };
}

/** Some images of a part, renumbered from 0. */
export function subset(part: ImagePart, chosen: Int32Array): ImagePart {
  return {
    labels: Uint16Array.from(chosen, (i) => part.labels[i]!),
    pixels: (indices) => part.pixels(indices === undefined ? chosen : indices.map((i) => chosen[i]!)),
  };
}

/** A part whose images are changed one by one; only those asked for are computed. */
export function transformed(part: ImagePart, transform: (images: Uint8Array) => Uint8Array): ImagePart {
  return { labels: part.labels, pixels: (indices) => transform(part.pixels(indices)) };
}

/** Two parts, the second's images numbered after the first's. */
export function pooled(first: ImagePart, second: ImagePart): ImagePart {
  const size = first.labels.length;
  return {
    labels: Uint16Array.from([...first.labels, ...second.labels]),
    pixels(indices) {
      const whole = concatenate([first.pixels(), second.pixels()]);
      return indices === undefined ? whole : rows(whole, whole.length / (size + second.labels.length), indices);
    },
  };
}

/** Rows of `size` bytes, in the order of the indices. */
function rows(bytes: Uint8Array, size: number, indices: Int32Array): Uint8Array {
  const out = new Uint8Array(indices.length * size);
  for (let i = 0; i < indices.length; i++) {
    const start = indices[i]! * size;
    out.set(bytes.subarray(start, start + size), i * size);
  }
  return out;
}
