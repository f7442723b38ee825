import { interleave } from "../images/planes.js";
import { refusal } from "./refusal.js";

const CIFAR_SIDE = 32;
const IMAGE = 3 * CIFAR_SIDE * CIFAR_SIDE;
const RECORD = 1 + IMAGE;
const CLASSES = 10;
/** Records of an official file. */
const CIFAR_RECORDS = 10_000;

/** Reads a file of the binary version of CIFAR-10: records of a label and three row-major planes.
 *  @param where its path, for messages.
 *  @returns labels 0 to 9, and pixels as rows of red, green, blue.
 *  @throws UserError (data) unless it holds 1 to 10,000 whole records. */
export function readCifar(bytes: Uint8Array, where: string): { labels: Uint8Array; pixels: Uint8Array } {
  const count = Math.floor(bytes.length / RECORD);
  if (bytes.length % RECORD !== 0 || count < 1 || count > CIFAR_RECORDS)
    throw refusal(where, `${bytes.length} bytes`, `1 to ${CIFAR_RECORDS} records of ${RECORD} bytes`);
  const labels = new Uint8Array(count);
  const pixels = new Uint8Array(count * IMAGE);
  for (let i = 0; i < count; i++) {
    const label = bytes[i * RECORD]!;
    if (label >= CLASSES) throw refusal(where, `label ${label} at ${i}`, `labels below ${CLASSES}`);
    labels[i] = label;
    pixels.set(bytes.subarray(i * RECORD + 1, (i + 1) * RECORD), i * IMAGE);
  }
  return { labels, pixels: interleave(pixels, CIFAR_SIDE, "rows") };
}
