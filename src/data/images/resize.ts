import { bytesOf, type Shape } from "./shape.js";
import { blocks, blockSize, triangles, WEIGHT_BITS, type Windows } from "./windows.js";

/** Height and width of the images that come out. */
export interface Size {
  readonly height: number;
  readonly width: number;
}

/** Resizes images bilinearly, with a window as wide as an output pixel when they become smaller: along rows first, then
 *  along columns, rounded to bytes in between. Aspect is not kept.
 *  @param pixels bytes of one or more images, row-major.
 *  @returns new bytes.
 *  Source: bit-equal to Pillow's `resize(BILINEAR)`. Divergence: Pillow 13 goes along columns first for some portraits. */
export function bilinear(pixels: Uint8Array, from: Shape, to: Size): Uint8Array {
  const across = triangles(from.width, to.width);
  const down = triangles(from.height, to.height);
  const { channels } = from;
  const between = new Uint8Array(from.height * to.width * channels);
  return eachImage(pixels, from, to, (image, out) => {
    if (channels === 3) threeAlongRows(image, between, from, to.width, across);
    else alongRows(image, between, from, to.width, across);
    alongColumns(between, out, to.width * channels, to.height, down);
  });
}

/** Resizes images to the exact mean of the area that an output pixel covers, rounded half up:
 *  floor((2S + N²) / (2N²)), S the sum over the N² repeats of input pixels in it.
 *  @param pixels bytes of one or more images, row-major.
 *  @returns new bytes. */
export function area(pixels: Uint8Array, from: Shape, to: Size): Uint8Array {
  const across = blocks(from.width, to.width);
  const down = blocks(from.height, to.height);
  const covered = blockSize(from.width, to.width) * blockSize(from.height, to.height);
  const { channels } = from;
  const stride = to.width * channels;
  // Sums of bytes are exact in float64 up to sides of a million.
  const between = new Float64Array(from.height * stride);
  return eachImage(pixels, from, to, (image, out) => {
    sumAlong(image, between, from.height, from.width * channels, to.width, channels, across);
    for (let y = 0; y < to.height; y++)
      for (let x = 0; x < stride; x++) {
        let sum = 0;
        for (let k = 0; k < down.counts[y]!; k++)
          sum += between[(down.starts[y]! + k) * stride + x]! * down.weights[y * down.width + k]!;
        out[y * stride + x] = Math.floor((2 * sum + covered) / (2 * covered));
      }
  });
}

function eachImage(
  pixels: Uint8Array,
  from: Shape,
  to: Size,
  resize: (image: Uint8Array, out: Uint8Array) => void,
): Uint8Array {
  const [input, output] = [bytesOf(from), bytesOf({ ...to, channels: from.channels })];
  const count = pixels.length / input;
  const out = new Uint8Array(count * output);
  for (let i = 0; i < count; i++)
    resize(pixels.subarray(i * input, (i + 1) * input), out.subarray(i * output, (i + 1) * output));
  return out;
}

const HALF = 1 << (WEIGHT_BITS - 1);

/** The rows of an image in colour, its three channels side by side: much the commonest and the slowest case. */
function threeAlongRows(image: Uint8Array, out: Uint8Array, from: Shape, to: number, windows: Windows): void {
  const { starts, counts, weights, width } = windows;
  for (let y = 0, at = 0; y < from.height; y++)
    for (let x = 0; x < to; x++, at += 3) {
      const count = counts[x]!;
      let source = (y * from.width + starts[x]!) * 3;
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      for (let k = 0, weighed = x * width; k < count; k++, source += 3) {
        const weight = weights[weighed++]!;
        red += image[source]! * weight;
        green += image[source + 1]! * weight;
        blue += image[source + 2]! * weight;
      }
      out[at] = clip(red);
      out[at + 1] = clip(green);
      out[at + 2] = clip(blue);
    }
}

function alongRows(image: Uint8Array, out: Uint8Array, from: Shape, to: number, windows: Windows): void {
  const { starts, counts, weights, width } = windows;
  const { channels } = from;
  for (let y = 0, at = 0; y < from.height; y++)
    for (let x = 0; x < to; x++)
      for (let channel = 0; channel < channels; channel++) {
        const source = (y * from.width + starts[x]!) * channels + channel;
        let sum = HALF;
        for (let k = 0; k < counts[x]!; k++) sum += image[source + k * channels]! * weights[x * width + k]!;
        out[at++] = clip(sum);
      }
}

function alongColumns(image: Uint8Array, out: Uint8Array, stride: number, height: number, windows: Windows): void {
  const { starts, counts, weights, width } = windows;
  const sums = new Int32Array(stride);
  for (let y = 0; y < height; y++) {
    sums.fill(HALF);
    for (let k = 0; k < counts[y]!; k++) {
      const source = (starts[y]! + k) * stride;
      const weight = weights[y * width + k]!;
      for (let x = 0; x < stride; x++) sums[x]! += image[source + x]! * weight;
    }
    for (let x = 0; x < stride; x++) out[y * stride + x] = clip(sums[x]!);
  }
}

/** A sum of weighed bytes as a byte. Weights are not negative, so only the upper end can be exceeded. */
const clip = (sum: number): number => {
  const value = sum >> WEIGHT_BITS;
  return value > 255 ? 255 : value;
};

function sumAlong(
  image: Uint8Array,
  out: Float64Array,
  height: number,
  stride: number,
  to: number,
  channels: number,
  { starts, counts, weights, width }: Windows,
): void {
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < to; x++)
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let k = 0; k < counts[x]!; k++)
          sum += image[y * stride + (starts[x]! + k) * channels + channel]! * weights[x * width + k]!;
        out[at++] = sum;
      }
}
