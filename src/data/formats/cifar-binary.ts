import { interleave, separate } from "../images/planes.js";
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

/** Files of the binary version, as `readCifar` reads them: the first 10,000 images, the next 10,000, and so on. */
export function cifarFiles({ labels, pixels }: { labels: Uint8Array; pixels: Uint8Array }): Uint8Array[] {
  const planes = separate(pixels, CIFAR_SIDE, "rows");
  const files: Uint8Array[] = [];
  for (let first = 0; first < labels.length; first += CIFAR_RECORDS) {
    const bytes = new Uint8Array(Math.min(CIFAR_RECORDS, labels.length - first) * RECORD);
    for (let i = 0; i * RECORD < bytes.length; i++) {
      bytes[i * RECORD] = labels[first + i]!;
      bytes.set(planes.subarray((first + i) * IMAGE, (first + i + 1) * IMAGE), i * RECORD + 1);
    }
    files.push(bytes);
  }
  return files;
}
