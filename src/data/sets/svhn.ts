import type { DecodedImages } from "../dataset.js";
import { matOfBytes, readMat, type MatArray } from "../formats/mat.js";
import { refusal } from "../formats/refusal.js";
import { interleave, separate } from "../images/planes.js";
import { imageDataset } from "./image-dataset.js";

const SIDE = 32;
const CHANNELS = 3;
const IMAGE = CHANNELS * SIDE * SIDE;
/** Label of the digit 0. */
const ZERO = 10;

export const svhn = imageDataset("svhn", {
  files: { train: ["train_32x32.mat"], test: ["test_32x32.mat"] },
  encode: ({ labels, pixels }) => [
    matOfBytes({
      X: { shape: [SIDE, SIDE, CHANNELS, labels.length], data: separate(pixels, SIDE, "columns") },
      y: { shape: [labels.length, 1], data: labels.map((label) => label || ZERO) },
    }),
  ],
  decode(read, [file], { id, files }) {
    const bytes = read(file!);
    const where = `${id}: ${file!}`;
    const maxBytes = files.find(({ name }) => name === file)!.maxBytes;
    return bytes && decodeSvhn(readMat(bytes, where, { maxBytes }), where);
  },
});

/** Images `X` of shape 32x32x3xN and labels `y`, 1 to 10. The pixels are reordered in place: train has 225 MB. */
function decodeSvhn({ X, y }: Readonly<Record<string, MatArray>>, where: string): DecodedImages {
  const count = X?.shape[3] ?? 0;
  const shape = [SIDE, SIDE, CHANNELS, count];
  if (!(X?.data instanceof Uint8Array) || X.shape.join() !== shape.join())
    throw refusal(where, `X of shape ${X?.shape.join("x") ?? "nothing"}`, "bytes of shape 32x32x3xN");
  if (y?.shape.join() !== `${count},1`)
    throw refusal(where, `y of shape ${y?.shape.join("x") ?? "nothing"}`, `shape ${count}x1`);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const label = y.data[i]!;
    if (!Number.isInteger(label) || label < 1 || label > ZERO)
      throw refusal(where, `label ${label} at ${i}`, `labels 1 to ${ZERO}`);
    labels[i] = label % ZERO;
  }
  return { labels, pixels: interleave(X.data.subarray(0, count * IMAGE), SIDE, "columns") };
}
