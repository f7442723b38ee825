import { stream, type Uniform } from "../../core/rng.js";
import { PALETTES, type Colour } from "./palettes.js";
import { blobs, grating, type Pattern } from "./patterns.js";

/** How the textures of a domain look; ranges are drawn from anew for every image. */
export interface TextureStyle {
  /** Number of the domain in the random stream. */
  readonly number: number;
  readonly palette: keyof typeof PALETTES;
  /** Stripes, or rows of coarse blobs, across the image. */
  readonly frequency: readonly [low: number, high: number];
  /** How far apart the two colours are, of their full distance. */
  readonly contrast: readonly [low: number, high: number];
  /** Greatest change of a byte by noise, of 255. */
  readonly noise: number;
  /** How far stripes bend, in stripes. */
  readonly bend: number;
}

/** The version of the drawn bytes: any changed constant is a new version. */
export const TEXTURES = "synthetic-textures@1";
export const TEXTURE_CLASSES = 10;
const CHANNELS = 3;
/** Classes 0 to 5 are stripes, 30 degrees apart; the others are blobs. */
const GRATINGS = 6;
/** Greatest change of a palette's colour, of a direction's brightness across half the image. */
const COLOUR_JITTER = 0.08;
const SLOPE = 0.5;

const clamp = (value: number): number => (value < 0 ? 0 : value > 1 ? 1 : value);

/** Draws image `index` of a split: stripes of six directions, discs fine and coarse, rings, crosses, in two colours of a
 *  palette, under uneven light, with noise; its label is index mod 10. Nothing but the shape tells the class.
 *  Only + - * /, floor, sqrt and int32 operations: the same bytes on every machine.
 *  @param split number of the split in the random stream.
 *  @param size height and width in pixels; the same image at any size, but for the noise.
 *  @param out size·size·3 bytes, row-major, overwritten. */
export function drawTexture(
  seed: number,
  style: TextureStyle,
  split: number,
  index: number,
  size: number,
  out: Uint8Array,
): void {
  const uniform = stream(seed, style.number, split, index);
  const between = (low: number, high: number): number => low + (high - low) * uniform();
  const frequency = between(...style.frequency);
  const contrast = between(...style.contrast);
  const [first, second] = twoColours(PALETTES[style.palette], uniform);
  const [slopeX, slopeY] = [between(-SLOPE, SLOPE), between(-SLOPE, SLOPE)];
  const kind = index % TEXTURE_CLASSES;
  const pattern: Pattern =
    kind < GRATINGS ? grating(kind, frequency, style.bend, uniform) : blobs(kind - GRATINGS, frequency, uniform);
  for (let y = 0, at = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const u = (x + 0.5) / size;
      const v = (y + 0.5) / size;
      const share = 0.5 + contrast * (pattern(u, v) - 0.5);
      const light = 1 + slopeX * (u - 0.5) + slopeY * (v - 0.5);
      for (let channel = 0; channel < CHANNELS; channel++) {
        const value = (first[channel]! + (second[channel]! - first[channel]!) * share) * light;
        const noise = (uniform() + uniform() - 1) * style.noise;
        out[at++] = Math.floor(clamp(value + noise) * 255 + 0.5);
      }
    }
}

/** Two different colours of a palette, each a little changed. */
function twoColours(palette: readonly Colour[], uniform: Uniform): [Colour, Colour] {
  const first = Math.floor(uniform() * palette.length);
  const second = (first + 1 + Math.floor(uniform() * (palette.length - 1))) % palette.length;
  const changed = (colour: Colour): Colour => {
    const [red, green, blue] = colour;
    const change = (value: number): number => value + (2 * uniform() - 1) * COLOUR_JITTER;
    return [change(red), change(green), change(blue)];
  };
  return [changed(palette[first]!), changed(palette[second]!)];
}
