/** The six rotations of the rotated digits, in degrees; domain k is turned by 15k. */
export const ANGLES = [0, 15, 30, 45, 60, 75] as const;

/** Cosine and sine of `ANGLES`, rounded to 15 decimals so that every machine makes the same bytes.
 *  Source: Pillow's `Image.rotate` rounds so (hence 45 degrees: unequal last digits). */
export const COSINES = [1, 0.965925826289068, 0.866025403784439, 0.707106781186548, 0.5, 0.258819045102521] as const;
export const SINES = [0, 0.258819045102521, 0.5, 0.707106781186547, 0.866025403784439, 0.965925826289068] as const;

const SIDE = 28;
const CENTRE = SIDE / 2;
const PIXELS = SIDE * SIDE;

/** Where the output pixels that see the input lie, their four neighbours and the two weights, for one angle. */
interface Gather {
  readonly target: Int32Array;
  readonly neighbours: Int32Array;
  readonly weights: Float64Array;
}

const gathers = new Map<number, Gather>();

/** Turns 28x28 grey images about their centre, counter-clockwise as seen, bilinear, zero outside, truncated to bytes.
 *  @param images n·784 bytes, row-major.
 *  @param k index into `ANGLES`: 15k degrees.
 *  @returns new bytes; for k = 0 a copy.
 *  Source: bit-equal to Pillow's `rotate(15k, BILINEAR)`, hence the order of the float64 operations. */
export function rotate(images: Uint8Array, k: number): Uint8Array {
  if (k === 0) return images.slice();
  const { target, neighbours, weights } = gatherOf(k);
  const out = new Uint8Array(images.length);
  for (let base = 0; base < images.length; base += PIXELS) {
    for (let i = 0; i < target.length; i++) {
      const upperLeft = images[base + neighbours[4 * i]!]!;
      const upperRight = images[base + neighbours[4 * i + 1]!]!;
      const lowerLeft = images[base + neighbours[4 * i + 2]!]!;
      const lowerRight = images[base + neighbours[4 * i + 3]!]!;
      const across = weights[2 * i]!;
      const upper = upperLeft + (upperRight - upperLeft) * across;
      const lower = lowerLeft + (lowerRight - lowerLeft) * across;
      out[base + target[i]!] = upper + (lower - upper) * weights[2 * i + 1]!;
    }
  }
  return out;
}

function gatherOf(k: number): Gather {
  let gather = gathers.get(k);
  if (gather === undefined) gathers.set(k, (gather = computeGather(COSINES[k]!, SINES[k]!)));
  return gather;
}

function computeGather(c: number, s: number): Gather {
  const target: number[] = [];
  const neighbours: number[] = [];
  const weights: number[] = [];
  const shiftX = -CENTRE * c + CENTRE * s + CENTRE;
  const shiftY = -CENTRE * s - CENTRE * c + CENTRE;
  const edge = (index: number): number => Math.min(Math.max(index, 0), SIDE - 1);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const sourceX = c * (x + 0.5) + -s * (y + 0.5) + shiftX;
      const sourceY = s * (x + 0.5) + c * (y + 0.5) + shiftY;
      if (sourceX < 0 || sourceX >= SIDE || sourceY < 0 || sourceY >= SIDE) continue;
      const left = Math.floor(sourceX - 0.5);
      const top = Math.floor(sourceY - 0.5);
      target.push(y * SIDE + x);
      for (const row of [edge(top), edge(top + 1)])
        for (const column of [edge(left), edge(left + 1)]) neighbours.push(row * SIDE + column);
      weights.push(sourceX - 0.5 - left, sourceY - 0.5 - top);
    }
  }
  return {
    target: Int32Array.from(target),
    neighbours: Int32Array.from(neighbours),
    weights: Float64Array.from(weights),
  };
}
