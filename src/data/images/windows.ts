/** Which input positions make each output position of one axis, and how much of each. */
export interface Windows {
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  /** Output position i's are at i·width and after. */
  readonly weights: Int32Array;
  readonly width: number;
}

/** Bits after the binary point of a bilinear weight. */
export const WEIGHT_BITS = 22;

/** The bilinear windows of an axis: a triangle as wide as an output pixel is in the input, but never narrower than an
 *  input pixel; weights sum to 2²² up to rounding.
 *  Source: Pillow's `Resample.c` (precompute_coeffs, normalize_coeffs_8bpc), hence the order of the float64 operations. */
export function triangles(from: number, to: number): Windows {
  const scale = from / to;
  const support = Math.max(1, scale);
  const inverse = 1 / support;
  const width = 2 * Math.ceil(support) + 1;
  const windows = empty(to, width);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const count = Math.min(from, Math.trunc(centre + support + 0.5)) - start;
    const weights = Array.from({ length: count }, (_unused, k) =>
      Math.max(0, 1 - Math.abs((k + start - centre + 0.5) * inverse)),
    );
    const sum = weights.reduce((total, weight) => total + weight, 0);
    windows.starts[i] = start;
    windows.counts[i] = count;
    weights.forEach((weight, k) => {
      windows.weights[i * width + k] = Math.trunc(0.5 + (weight / sum) * 2 ** WEIGHT_BITS);
    });
  }
  return windows;
}

/** The area windows of an axis: every input position repeated to/g times (g the greatest common divisor), then cut
 *  into blocks of from/g; a weight is how many of a block's repeats are one position's. */
export function blocks(from: number, to: number): Windows {
  const divisor = greatestCommonDivisor(from, to);
  const [repeats, block] = [to / divisor, from / divisor];
  const width = Math.ceil(block / repeats) + 1;
  const windows = empty(to, width);
  for (let i = 0; i < to; i++) {
    const [first, end] = [i * block, (i + 1) * block];
    const start = Math.floor(first / repeats);
    windows.starts[i] = start;
    windows.counts[i] = Math.ceil(end / repeats) - start;
    for (let k = 0; k < windows.counts[i]!; k++) {
      const own = (start + k) * repeats;
      windows.weights[i * width + k] = Math.min(end, own + repeats) - Math.max(first, own);
    }
  }
  return windows;
}

const empty = (to: number, width: number): Windows => ({
  starts: new Int32Array(to),
  counts: new Int32Array(to),
  weights: new Int32Array(to * width),
  width,
});

/** How many repeats of an input position make a block of an output position. */
export const blockSize = (from: number, to: number): number => from / greatestCommonDivisor(from, to);

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
