import type { Uniform } from "../../core/rng.js";

/** How much of the second colour, 0 to 1, a point of the unit square has. */
export type Pattern = (u: number, v: number) => number;

/** Cosine and sine of 0, 30, … 150 degrees, rounded to 15 decimals so that every machine makes the same bytes. */
const DIRECTIONS = [
  [1, 0],
  [0.866025403784439, 0.5],
  [0.5, 0.866025403784439],
  [0, 1],
  [-0.5, 0.866025403784439],
  [-0.866025403784439, 0.5],
] as const;
/** Tangent of half the greatest turn from a class's direction: 8 degrees. */
const TURN = 0.07;

const between = (uniform: Uniform, low: number, high: number): number => low + (high - low) * uniform();
const fraction = (value: number): number => value - Math.floor(value);
const clamp = (value: number): number => (value < 0 ? 0 : value > 1 ? 1 : value);
const smooth = (value: number): number => value * value * (3 - 2 * value);
/** 1 at every whole number, 0 in the middle between two. */
const wave = (phase: number): number => smooth(Math.abs(2 * fraction(phase) - 1));

/** Stripes with smooth edges, about 30·direction degrees from upright ones.
 *  @param frequency stripes across the image. @param bend how far they sway, in stripes. */
export function grating(direction: number, frequency: number, bend: number, uniform: Uniform): Pattern {
  const t = between(uniform, -TURN, TURN);
  const q = 1 + t * t;
  const [turnX, turnY] = [(1 - t * t) / q, (2 * t) / q];
  const [baseX, baseY] = DIRECTIONS[direction]!;
  const c = baseX * turnX - baseY * turnY;
  const s = baseY * turnX + baseX * turnY;
  const phase = uniform();
  const sway = between(uniform, 1, 2);
  const swayPhase = uniform();
  return (u, v) => {
    const along = bend * wave(sway * (c * v - s * u) + swayPhase);
    return wave(frequency * (c * u + s * v) + phase + along);
  };
}

/** Distance from a blob's centre in cells to how much there is of it. */
type Blob = (dx: number, dy: number) => number;

/** Width of a soft edge, in cells. */
const EDGE = 0.2;
const inside = (margin: number): number => clamp(margin / EDGE + 0.5);
const length = (dx: number, dy: number): number => Math.sqrt(dx * dx + dy * dy);
const disc: Blob = (dx, dy) => inside(0.32 - length(dx, dy));
const ring: Blob = (dx, dy) => inside(0.12 - Math.abs(length(dx, dy) - 0.34));
const cross: Blob = (dx, dy) => {
  const [x, y] = [Math.abs(dx), Math.abs(dy)];
  return Math.min(inside(0.44 - Math.max(x, y)), inside(0.11 - Math.min(x, y)));
};

/** Fine discs, coarse discs, rings, crosses; and how many rows of them there are to a stripe. */
const BLOBS: readonly (readonly [Blob, number])[] = [
  [disc, 1.5],
  [disc, 0.75],
  [ring, 0.75],
  [cross, 0.75],
];
/** Greatest shift of a blob from the middle of its cell, in cells. */
const SHIFT = 0.18;

/** Blobs, one in every cell of a grid, each a little out of its place. @param kind 0 to 3, see `BLOBS`. */
export function blobs(kind: number, frequency: number, uniform: Uniform): Pattern {
  const [blob, rows] = BLOBS[kind]!;
  const cells = frequency * rows;
  // One cell more on every side, whose blobs may reach into the image.
  const [offsetX, offsetY] = [1 + uniform(), 1 + uniform()];
  const side = Math.floor(cells) + 4;
  const centres = new Float64Array(2 * side * side);
  for (let i = 0; i < centres.length; i++) centres[i] = 0.5 + between(uniform, -SHIFT, SHIFT);
  return (u, v) => {
    const x = u * cells + offsetX;
    const y = v * cells + offsetY;
    const column = Math.floor(x);
    const row = Math.floor(y);
    let most = 0;
    for (let j = row - 1; j <= row + 1; j++)
      for (let i = column - 1; i <= column + 1; i++) {
        const cell = 2 * (j * side + i);
        most = Math.max(most, blob(x - i - centres[cell]!, y - j - centres[cell + 1]!));
      }
    return most;
  };
}
