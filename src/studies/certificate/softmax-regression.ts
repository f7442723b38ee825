import type { Split } from "../../data/index.js";

/** Grey images by their pixels that are not 0, in [0, 1]: image i has the places `starts[i]` to `starts[i + 1]`. */
export interface SparseImages {
  readonly count: number;
  readonly features: number;
  readonly classes: number;
  readonly starts: Int32Array;
  readonly pixels: Uint16Array;
  readonly values: Float64Array;
  readonly labels: Uint16Array;
}

/** The images of a split that is held in memory. */
export function sparseImages({ images, shape, count, labels }: Split, classes: number): SparseImages {
  if (!(images instanceof Uint8Array)) throw new Error("softmax regression takes images in memory");
  const features = shape.height * shape.width * shape.channels;
  const filled = images.reduce((sum, byte) => sum + Number(byte !== 0), 0);
  const starts = new Int32Array(count + 1);
  const pixels = new Uint16Array(filled);
  const values = new Float64Array(filled);
  let at = 0;
  for (let i = 0; i < count; i++) {
    for (let pixel = 0; pixel < features; pixel++) {
      const byte = images[i * features + pixel]!;
      if (byte === 0) continue;
      pixels[at] = pixel;
      values[at++] = byte / 255;
    }
    starts[i + 1] = at;
  }
  return { count, features, classes, starts, pixels, values, labels };
}

/** Numbers of the parameters: W as [features × classes], row by row, then a bias per class. */
export const parameterCount = ({ features, classes }: SparseImages): number => (features + 1) * classes;

/** The mean softmax cross-entropy of some images plus ½λ|θ|², in double precision: convex in θ. Writes its gradient.
 *  @param rows images, all of them where nothing is said. @param gradient overwritten. @returns the loss. */
export function softmaxLoss(
  images: SparseImages,
  theta: Float64Array,
  weightDecay: number,
  gradient: Float64Array,
  rows?: Int32Array,
): number {
  const { features, classes, starts, pixels, values, labels } = images;
  const n = rows?.length ?? images.count;
  const bias = features * classes;
  const logits = new Float64Array(classes);
  gradient.fill(0);
  let loss = 0;
  for (let place = 0; place < n; place++) {
    const i = rows === undefined ? place : rows[place]!;
    const [from, to] = [starts[i]!, starts[i + 1]!];
    for (let k = 0; k < classes; k++) logits[k] = theta[bias + k]!;
    for (let at = from; at < to; at++) {
      const [row, x] = [pixels[at]! * classes, values[at]!];
      for (let k = 0; k < classes; k++) logits[k]! += x * theta[row + k]!;
    }
    const largest = Math.max(...logits);
    let total = 0;
    const label = labels[i]!;
    loss += largest - logits[label]!;
    for (let k = 0; k < classes; k++) total += logits[k] = Math.exp(logits[k]! - largest);
    loss += Math.log(total);
    for (let k = 0; k < classes; k++) logits[k] = logits[k]! / total - Number(k === label);
    for (let k = 0; k < classes; k++) gradient[bias + k]! += logits[k]!;
    for (let at = from; at < to; at++) {
      const [row, x] = [pixels[at]! * classes, values[at]!];
      for (let k = 0; k < classes; k++) gradient[row + k]! += x * logits[k]!;
    }
  }
  let square = 0;
  for (let at = 0; at < gradient.length; at++) {
    gradient[at] = gradient[at]! / n + weightDecay * theta[at]!;
    square += theta[at]! ** 2;
  }
  return loss / n + (weightDecay / 2) * square;
}

/** L with ½|∇f|² ≤ L (f − inf f) for the loss of any of the images: the softmax' Hessian in the logits is at most ½, so
 *  L = ½ (max|x|² + 1) + λ, the 1 for the bias. */
export function softmaxSmoothness({ count, starts, values }: SparseImages, weightDecay: number): number {
  let largest = 0;
  for (let i = 0; i < count; i++) {
    let square = 0;
    for (let at = starts[i]!; at < starts[i + 1]!; at++) square += values[at]! ** 2;
    largest = Math.max(largest, square);
  }
  return 0.5 * (largest + 1) + weightDecay;
}
