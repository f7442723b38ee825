import { EXIT, UserError } from "../../core/errors.js";
import type { Frame } from "../dataset.js";
import { grey, inColour } from "./grey.js";
import { area, bilinear, type Size } from "./resize.js";
import { bytesOf, type Shape } from "./shape.js";

/** Sides of the digit sets and of the small photos; a digit keeps its pixels in the larger image. */
const DIGIT = 28;
const PADDED_DIGIT = 32;
/** Side of USPS, which becomes a digit of the other sets' size first. */
const SMALL_DIGIT = 16;

type Step = (pixels: Uint8Array) => Uint8Array;

/** Brings decoded images to the frame of a suite: grey first if the frame is; then their size: 16 to 28 bilinear, 28 to
 *  32 by zeros around, larger to smaller as the frame says, smaller to larger bilinear; grey repeated for a frame in
 *  colour last.
 *  @param from their shape. @param domain for messages.
 *  @returns a function of n images' bytes, row-major, that gives n images of the frame.
 *  @throws UserError (usage) when there is no way. */
export function fit(from: Shape, { size, channels, resample }: Frame, domain: string): Step {
  if (![1, 3].includes(from.channels))
    throw new UserError(EXIT.usage, {
      where: `suite.image for ${domain}`,
      given: `${size}x${size}x${channels} from ${from.height}x${from.width}x${from.channels}`,
      accepted: "images of 1 or 3 channels",
    });
  const worked = Math.min(from.channels, channels);
  const steps: Step[] = [];
  if (from.channels > worked) steps.push(grey);
  steps.push(...resizing({ ...from, channels: worked }, size, resample));
  if (worked < channels) steps.push(inColour);
  return (images) => steps.reduce((pixels, step) => step(pixels), images);
}

function resizing(from: Shape, size: number, resample: Frame["resample"]): Step[] {
  const { height, width, channels } = from;
  const to: Size = { height: size, width: size };
  if (height === size && width === size) return [];
  const isSquare = (side: number): boolean => height === side && width === side;
  if (isSquare(SMALL_DIGIT) && size === PADDED_DIGIT)
    return [...resizing(from, DIGIT, resample), ...resizing({ height: DIGIT, width: DIGIT, channels }, size, resample)];
  if (isSquare(DIGIT) && size === PADDED_DIGIT) return [(images) => pad(images, from, (PADDED_DIGIT - DIGIT) / 2)];
  const resize = height >= size && width >= size && resample === "area" ? area : bilinear;
  return [(images) => resize(images, from, to)];
}

/** Surrounds images with zeros. @param border pixels on every side. @returns new bytes.
 *  @internal Exported for tests. */
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
