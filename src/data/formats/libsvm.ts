import { refusal } from "./refusal.js";

const SIDE = 16;
const FEATURES = SIDE * SIDE;
const CLASSES = 10;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** Reads USPS as LIBSVM text: a line per image, `label 1:value … 256:value`, row-major, values from -1 to 1.
 *  A byte is trunc(255 · (value + 1) / 2) with every operation rounded to float32.
 *  @param where its path, for messages.
 *  @returns labels 0 to 9 (the file has 1 to 10), 16x16 grey pixels.
 *  @throws UserError (data), with the line, on anything else.
 *  Source: bit-equal to torchvision's `USPS`. Divergence: an image that lacks an index is refused, not filled. */
export function readUsps(text: Uint8Array, where: string): { labels: Uint8Array; pixels: Uint8Array } {
  const lines = Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString("latin1").split("\n");
  if (lines.at(-1) === "") lines.pop();
  const labels = new Uint8Array(lines.length);
  const pixels = new Uint8Array(lines.length * FEATURES);
  lines.forEach((line, i) => {
    const place = `${where}:${i + 1}`;
    const [label, ...features] = line.trimEnd().split(" ");
    const digit = /^\d+$/.test(label!) ? Number(label) - 1 : -1;
    if (digit < 0 || digit >= CLASSES) throw refusal(place, `label ${quote(label!)}`, `labels 1 to ${CLASSES}`);
    if (features.length !== FEATURES)
      throw refusal(place, `${features.length} values`, `${FEATURES} values, one of every index`);
    labels[i] = digit;
    features.forEach((feature, k) => {
      pixels[i * FEATURES + k] = byteOf(feature, k + 1, place);
    });
  });
  return { labels, pixels };
}

function byteOf(feature: string, index: number, place: string): number {
  const prefix = `${index}:`;
  const text = feature.slice(prefix.length);
  const value = NUMBER.test(text) ? Number(text) : NaN;
  if (!feature.startsWith(prefix) || !(value >= -1 && value <= 1))
    throw refusal(place, quote(feature), `${prefix} and a number from -1 to 1`);
  const { fround } = Math;
  return Math.trunc(fround(fround(fround(fround(value) + 1) / 2) * 255));
}

const LONGEST_QUOTE = 40;
const quote = (text: string): string => JSON.stringify(text.slice(0, LONGEST_QUOTE));

/** USPS as LIBSVM text that `readUsps` reads as these bytes: of every value the middle of its step. */
export function uspsText({ labels, pixels }: { labels: Uint8Array; pixels: Uint8Array }): Uint8Array {
  const values = Array.from({ length: 256 }, (_unused, byte) => ((2 * byte + 1) / 255 - 1).toFixed(4));
  values[255] = "1";
  const lines = Array.from(labels, (label, i) => {
    const features = Array.from({ length: FEATURES }, (_unused, k) => `${k + 1}:${values[pixels[i * FEATURES + k]!]!}`);
    return `${label + 1} ${features.join(" ")}\n`;
  });
  return Buffer.from(lines.join(""));
}
