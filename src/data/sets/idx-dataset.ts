import type { DatasetEntry, DecodedImages, ImagePart, OfficialSplit } from "../dataset.js";
import { idxOfBytes, readIdx, type IdxArray } from "../formats/idx.js";
import { refusal } from "../formats/refusal.js";
import type { ManifestDataset } from "../manifest.js";
import { classCount, imageDataset, type Read } from "./image-dataset.js";

/** Images and labels of each split, as MNIST names them. */
const MNIST_FILES: Readonly<Record<OfficialSplit, readonly [images: string, labels: string]>> = {
  train: ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"],
  test: ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"],
};

/** A dataset of four gzipped IDX files; validation is cut from train.
 *  Labels are a list of bytes, or a table of int32 whose first column they are. */
export function idxDataset(id: string, files = MNIST_FILES): DatasetEntry<ImagePart> {
  // QMNIST's labels say more of every image.
  return imageDataset(id, { files, decode: decodeIdx, ...(files === MNIST_FILES && { encode: encodeIdx }) });
}

const IDX_SIDE = 28;
const encodeIdx = ({ labels, pixels }: DecodedImages): Uint8Array[] => [
  idxOfBytes([labels.length, IDX_SIDE, IDX_SIDE], pixels),
  idxOfBytes([labels.length], labels),
];

function decodeIdx(
  read: Read,
  [imageFile, labelFile]: readonly string[],
  dataset: ManifestDataset,
): DecodedImages | undefined {
  const load = (name: string): IdxArray | undefined => {
    const bytes = read(name);
    return (
      bytes && readIdx(bytes, `${dataset.id}: ${name}`, dataset.files.find((file) => file.name === name)?.maxBytes)
    );
  };
  const images = load(imageFile!);
  const labels = load(labelFile!);
  if (images === undefined || labels === undefined) return undefined;
  const { height, width } = dataset.image!;
  const shape = [labels.shape[0]!, height, width];
  if (!(images.data instanceof Uint8Array) || images.shape.join() !== shape.join())
    throw refusal(
      `${dataset.id}: ${imageFile!}`,
      `shape ${images.shape.join("x")}`,
      `bytes of shape ${shape.join("x")}`,
    );
  return { labels: classes(labels, `${dataset.id}: ${labelFile!}`, classCount(dataset)), pixels: images.data };
}

function classes({ shape, data }: IdxArray, where: string, count: number): Uint8Array {
  const bytes = data instanceof Uint8Array && shape.length === 1;
  if (!bytes && !(data instanceof Int32Array && shape.length === 2))
    throw refusal(where, `shape ${shape.join("x")}`, "a list of bytes, or a table of int32");
  const columns = shape[1] ?? 1;
  const out = new Uint8Array(shape[0]!);
  for (let i = 0; i < out.length; i++) {
    const label = data[i * columns] ?? -1;
    if (label < 0 || label >= count) throw refusal(where, `label ${label} at ${i}`, `labels below ${count}`);
    out[i] = label;
  }
  return out;
}
