import { bytesOf, type Shape } from "./shape.js";

/** Surrounds images with zeros. @param border pixels on every side. @returns new bytes. */
export function pad(pixels: Uint8Array, from: Shape, border: number): Uint8Array {
  const { height, width, channels } = from;
  const row = width * channels;
  const outRow = (width + 2 * border) * channels;
  const size = bytesOf({ height: height + 2 * border, width: width + 2 * border, channels });
  const count = pixels.length / bytesOf(from);
  const out = new Uint8Array(count * size);
  for (let i = 0; i < count; i++)
    for (let y = 0; y < height; y++) {
      const source = (i * height + y) * row;
      out.set(pixels.subarray(source, source + row), i * size + (y + border) * outRow + border * channels);
    }
  return out;
}
