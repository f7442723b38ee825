import { stream } from "../../core/rng.js";
import { COSINES, SINES } from "../images/rotate.js";

type Point = readonly [x: number, y: number];
type Stroke = readonly Point[];

/** Strokes of the ten classes: "|" parts classes, " " strokes, two base-36 digits minus 10 are one point. */
const DIGITS =
  "a1e2g6gageeiaj6i4e4a4662a1|65a1aj|4662a1e2g6ea4jgj|4381d2f5d99adbgeei9j4h|djd14dhd|f16159a8fagedi8j4h|e292574d6iajeigeebaa6b4d|41g19j|aa685572a1d2f5e8aa6c4f6iajeigfecaa|6ibifdg7e2a1624669aae9g7";
const LETTERS =
  "4ja1gj 6ded|g4d19162564e6i9jdjgg|g1414jgj 4aea|g1414j 4aea|414j g1gj 4aga|414j g14agj|4j41c1f3g6f9cb4b|4j41c1f3g6f9ca4a aagj|41gj g14j|41g14jgj";

const parse = (classes: string): readonly (readonly Stroke[])[] =>
  classes.split("|").map((strokes) => strokes.split(" ").map(parseStroke));
const parseStroke = (stroke: string): Stroke =>
  stroke.match(/../g)!.map((point): Point => [parseInt(point[0]!, 36) - 10, parseInt(point[1]!, 36) - 10]);

const DIGIT_STROKES = parse(DIGITS);
const LETTER_STROKES = parse(LETTERS);

/** How much a style varies: tangent of half the turn, smallest scale, shift and point jitter in pixels, noise,
 *  smallest and largest half-width of the pen in pixels. */
type Variation = readonly [
  turn: number,
  scale: number,
  shift: number,
  jitter: number,
  noise: number,
  thin: number,
  thick: number,
];

const STYLES = {
  plain: [0.18, 0.65, 2.2, 1.2, 0.25, 0.8, 1.5],
  thick: [0.18, 0.65, 2.2, 1.2, 0.25, 1.7, 2.4],
  thin: [0.16, 0.68, 2.5, 1.2, 0.12, 0.45, 0.6],
  outline: [0.12, 0.75, 2.2, 1.0, 0.06, 1.9, 2.4],
  invert: [0.16, 0.68, 2.2, 1.2, 0.2, 0.8, 1.5],
  texture: [0.16, 0.68, 2.0, 1.2, 0.12, 0.8, 1.5],
  letters: [0.18, 0.65, 2.2, 1.2, 0.25, 0.8, 1.5],
} as const satisfies Readonly<Record<string, Variation>>;

export type Style = keyof typeof STYLES;

/** The version of the drawn bytes: any changed constant is a new version. */
export const GENERATOR = "synthetic-digits@1";
export const SYNTHETIC_SIDE = 28;
export const SYNTHETIC_CLASSES = 10;
/** Number of each split in the random stream. */
export const SYNTHETIC_SPLITS = { train: 0, test: 1, validation: 2 } as const;

const clamp = (value: number): number => (value < 0 ? 0 : value > 1 ? 1 : value);

/** Draws image `index` of a split: an anti-aliased pen along jittered strokes, with noise; its label is index mod 10.
 *  Only + - * /, sqrt and floor: the same bytes on every machine.
 *  @param domain number of the domain in the random stream; in style plain also the angle, 15·domain degrees.
 *  @param split number of the split, see `SYNTHETIC_SPLITS`.
 *  @param out 784 bytes, row-major, overwritten.
 *  Source: datasets specification, section 12 (normative; the order of draws and of operations fixes the bytes). */
export function drawDigit(
  seed: number,
  style: Style,
  domain: number,
  split: number,
  index: number,
  out: Uint8Array,
): void {
  const [turn, smallest, shift, jitter, noise, thin, thick] = STYLES[style];
  const uniform = stream(seed, domain, split, index);
  const between = (low: number, high: number): number => low + (high - low) * uniform();
  const t = between(-turn, turn);
  const q = 1 + t * t;
  const cosine = (1 - t * t) / q;
  const sine = (2 * t) / q;
  const k = style === "plain" ? domain : 0;
  const c = cosine * COSINES[k]! - sine * SINES[k]!;
  const s = sine * COSINES[k]! + cosine * SINES[k]!;
  const scaleX = between(smallest, 0.95);
  const scaleY = between(smallest, 0.95);
  const shear = between(-0.25, 0.25);
  const centreX = 14 + between(-shift, shift);
  const centreY = 14 + between(-shift, shift);
  const halfWidth = between(thin, thick);
  const ink = between(0.6, 1);
  const place = ([glyphX, glyphY]: Point): Point => {
    const jitteredX = glyphX + between(-jitter, jitter);
    const jitteredY = glyphY + between(-jitter, jitter);
    const x = jitteredX * scaleX + shear * jitteredY;
    const y = jitteredY * scaleY;
    return [centreX + c * x + s * y, centreY - s * x + c * y];
  };
  const strokes = (style === "letters" ? LETTER_STROKES : DIGIT_STROKES)[index % SYNTHETIC_CLASSES]!;
  const segments = segmentsOf(strokes.map((stroke) => stroke.map(place)));
  const stripes = style === "texture" ? drawStripes(between) : undefined;
  const near = new Float64Array(segments.length);
  for (let y = 0; y < SYNTHETIC_SIDE; y++) {
    // What is further away leaves no ink.
    const end = keepNear(segments, y + 0.5, halfWidth + 1, near);
    for (let x = 0; x < SYNTHETIC_SIDE; x++) {
      const distance = Math.sqrt(nearestSquared(near, end, x + 0.5, y + 0.5));
      let value = clamp(halfWidth + 0.5 - distance);
      if (style === "outline") value = value - clamp(halfWidth - 0.4 - distance);
      value = value * ink;
      if (stripes !== undefined) {
        const background = stripeAt(stripes, x, y);
        value = background + (1 - background) * value;
      }
      if (style === "invert") value = 1 - value;
      value = value + (uniform() + uniform() - 1) * noise;
      out[y * SYNTHETIC_SIDE + x] = Math.floor(clamp(value) * 255 + 0.5);
    }
  }
}

/** Numbers kept per pen segment: start x, y, difference x, y, squared length. */
const SEGMENT = 5;

function segmentsOf(strokes: readonly Stroke[]): Float64Array {
  const numbers: number[] = [];
  for (const stroke of strokes) {
    for (let i = 1; i < stroke.length; i++) {
      const [startX, startY] = stroke[i - 1]!;
      const dx = stroke[i]![0] - startX;
      const dy = stroke[i]![1] - startY;
      numbers.push(startX, startY, dx, dy, dx * dx + dy * dy);
    }
  }
  return Float64Array.from(numbers);
}

/** Takes those segments that come within a distance of a row. @returns where they end in `near`. */
function keepNear(segments: Float64Array, row: number, distance: number, near: Float64Array): number {
  let end = 0;
  for (let i = 0; i < segments.length; i += SEGMENT) {
    const from = segments[i + 1]! - row;
    const to = from + segments[i + 3]!;
    if ((from > distance && to > distance) || (from < -distance && to < -distance)) continue;
    for (let part = 0; part < SEGMENT; part++) near[end++] = segments[i + part]!;
  }
  return end;
}

/** @param end of the segments that count. */
function nearestSquared(segments: Float64Array, end: number, pointX: number, pointY: number): number {
  let nearest = 1e9;
  for (let i = 0; i < end; i += SEGMENT) {
    const fromX = pointX - segments[i]!;
    const fromY = pointY - segments[i + 1]!;
    const dx = segments[i + 2]!;
    const dy = segments[i + 3]!;
    const length = segments[i + 4]!;
    const along = length > 0 ? clamp((fromX * dx + fromY * dy) / length) : 0;
    const restX = fromX - along * dx;
    const restY = fromY - along * dy;
    const squared = restX * restX + restY * restY;
    if (squared < nearest) nearest = squared;
  }
  return nearest;
}

/** A triangle wave of period 4 across the image: slopes, phase, height. */
type Stripes = readonly [slopeX: number, slopeY: number, phase: number, height: number];

const drawStripes = (between: (low: number, high: number) => number): Stripes => [
  between(-0.9, 0.9),
  between(-0.9, 0.9),
  between(0, 4),
  between(0.15, 0.4),
];

function stripeAt([slopeX, slopeY, phase, height]: Stripes, x: number, y: number): number {
  const raw = slopeX * x + slopeY * y + phase;
  const wave = raw - 4 * Math.floor(raw / 4);
  return height * (wave < 2 ? wave / 2 : 2 - wave / 2);
}
