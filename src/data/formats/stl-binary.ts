import { interleave, separate } from "../images/planes.js";
import { refusal } from "./refusal.js";

export const STL_SIDE = 96;
const IMAGE = 3 * STL_SIDE * STL_SIDE;
const CLASSES = 10;

/** Reads the images of STL-10: three column-major planes each.
 *  @param bytes the file's own, which are rewritten in place: a split has up to 221 MB.
 *  @param where its path, for messages.
 *  @returns pixels as rows of red, green, blue.
 *  @throws UserError (data) unless it holds whole images. */
export function readStlImages(bytes: Uint8Array, where: string): Uint8Array {
  if (bytes.length === 0 || bytes.length % IMAGE !== 0)
    throw refusal(where, `${bytes.length} bytes`, `images of ${IMAGE} bytes`);
  return interleave(bytes, STL_SIDE, "columns");
}

/** Reads the labels of STL-10, a byte each, 1 to 10.
 *  @returns labels 0 to 9. @throws UserError (data) on any other byte. */
export function readStlLabels(bytes: Uint8Array, where: string): Uint8Array {
  const wrong = bytes.findIndex((label) => label < 1 || label > CLASSES);
  if (wrong >= 0) throw refusal(where, `label ${bytes[wrong]} at ${wrong}`, `labels 1 to ${CLASSES}`);
  return bytes.map((label) => label - 1);
}

/** Images and labels of STL-10 as `readStlImages` and `readStlLabels` read them. */
export const stlFiles = ({
  labels,
  pixels,
}: {
  labels: Uint8Array;
  pixels: Uint8Array;
}): [images: Uint8Array, labels: Uint8Array] => [separate(pixels, STL_SIDE, "columns"), labels.map((one) => one + 1)];
