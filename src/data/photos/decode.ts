import { readFile } from "node:fs/promises";
import type { Metadata, Sharp, SharpOptions } from "sharp";
import { EXIT, UserError } from "../../core/errors.js";
import { sha256 } from "../../core/hash.js";
import type { Frame } from "../dataset.js";
import { grey, inColour } from "../images/grey.js";
import { bilinear } from "../images/resize.js";

/** The version of the decoded bytes: another decoder may round otherwise. */
export const DECODER = "sharp 0.35.5";

/** Pixels of a photo at most, as Pillow: a small file can hold a huge image. */
const MAX_PIXELS = 89_478_485;
const MAX_FILE_BYTES = 256 * 1024 * 1024;

/** What a decoded photo is turned into. */
export interface PhotoFrame extends Pick<Frame, "size" | "channels"> {
  /** Rows that are cut off at the bottom before anything else. */
  readonly cropBottom?: number | undefined;
}

/** Colour bytes, row-major. */
export interface Decoded {
  readonly height: number;
  readonly width: number;
  readonly pixels: Uint8Array;
}

/** What files begin with, whatever their names say. */
const FORMATS: Readonly<Record<string, RegExp>> = {
  JPEG: /^\xff\xd8\xff/,
  PNG: /^\x89PNG\r\n/,
  GIF: /^GIF8[79]a/,
  WebP: /^RIFF[^]{4}WEBP/,
};

/** Decodes a photo and brings it to a frame, ignoring its aspect: bottom cut, then grey where asked for, then resized.
 *  @param path of a JPEG, PNG, GIF or WebP file, told by its bytes. @param sum its SHA-256, where it is known.
 *  @returns size·size·channels bytes, row-major.
 *  @throws UserError (data) that names a file which is missing, damaged, no photo or another than that of the sum. */
export async function decodePhoto(
  path: string,
  { size, channels, cropBottom = 0 }: PhotoFrame,
  sum?: string,
): Promise<Uint8Array> {
  const bytes = await read(path);
  const given = sum === undefined ? undefined : sha256(bytes);
  if (given !== sum) throw undecodable(path, `changed since it was imported (sha256 ${given})`, `sha256 ${sum}`);
  const { height, width, pixels } = await decodeBytes(bytes, path);
  if (cropBottom >= height) throw undecodable(path, `${height} rows`, `more than the ${cropBottom} that are cut off`);
  const kept = { height: height - cropBottom, width, channels: 3 };
  const whole = pixels.subarray(0, kept.height * width * 3);
  const to = { height: size, width: size };
  return channels === 3 ? bilinear(whole, kept, to) : bilinear(grey(whole), { ...kept, channels: 1 }, to);
}

/** Decodes the first frame to colour: not turned by its metadata, colour profile ignored, transparency dropped.
 *  Source: bit-equal to Pillow's `convert("RGB")`, also of CMYK. Divergences from it: a transparent pixel of a GIF is black,
 *  and of 16 bits the upper 8 are kept.
 *  @internal Exported for tests. */
export async function decode(path: string): Promise<Decoded> {
  return decodeBytes(await read(path), path);
}

/** Decodes an image that is already read. @param where how it is called in messages. */
export async function decodeBytes(bytes: Buffer, where: string): Promise<Decoded> {
  if (!Object.values(FORMATS).some((begins) => begins.test(bytes.toString("latin1", 0, 16))))
    throw undecodable(where, "not a photo format that is known", Object.keys(FORMATS).join(", "));
  const { default: open } = await import("sharp");
  open.cache(false);
  // As Pillow: what is cut short is an error, what libjpeg only warns of is not.
  const options: SharpOptions = { autoOrient: false, ignoreIcc: true, failOn: "error", limitInputPixels: MAX_PIXELS };
  try {
    const image = open(bytes, options);
    return await raw(image, await image.metadata());
  } catch (error) {
    throw undecodable(where, `cannot be decoded (${(error as Error).message})`, "a whole image", error);
  }
}

async function read(path: string): Promise<Buffer> {
  try {
    const bytes = await readFile(path);
    if (bytes.length <= MAX_FILE_BYTES) return bytes;
    throw undecodable(path, `${bytes.length} bytes`, `at most ${MAX_FILE_BYTES}`);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw undecodable(path, `cannot be read (${(error as Error).message})`, "a photo of the set", error);
  }
}

async function raw(image: Sharp, { space }: Metadata): Promise<Decoded> {
  const inks = space === "cmyk";
  const kept = inks ? image.pipelineColourspace("cmyk").toColourspace("cmyk") : image.removeAlpha();
  const { data, info } = await kept.raw().toBuffer({ resolveWithObject: true });
  const { height, width, channels } = info;
  if (channels !== (inks ? 4 : 3) && channels !== 1) throw new Error(`${channels} channels`);
  return { height, width, pixels: inks ? withoutInks(data) : channels === 1 ? inColour(data) : data };
}

/** Cyan, magenta, yellow and black to colour, as Pillow: (255 − K)(1 − C/255), rounded. */
function withoutInks(inks: Uint8Array): Uint8Array {
  const out = new Uint8Array((inks.length / 4) * 3);
  for (let from = 0, to = 0; from < inks.length; from += 4) {
    const light = 255 - inks[from + 3]!;
    for (let ink = 0; ink < 3; ink++) {
      const product = inks[from + ink]! * light + 128;
      out[to++] = Math.max(0, light - (((product >> 8) + product) >> 8));
    }
  }
  return out;
}

function undecodable(path: string, given: string, accepted: string, cause?: unknown): UserError {
  const hint = "import the set again; of your own set, fix or delete the file";
  return new UserError(EXIT.data, { where: path, given, accepted, hint }, { cause });
}
