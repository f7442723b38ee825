import { EXIT, UserError } from "../../core/errors.js";
import type { DatasetEntry, ImagePart, PartName } from "../dataset.js";
import { readIdx } from "../formats/idx.js";
import { describeDataset } from "../manifest.js";
import { decodedPart } from "../part.js";
import { readRaw, requireState } from "../store/store.js";

/** The names of an official split's two files. */
interface Pair {
  readonly images: string;
  readonly labels: string;
}

const FILES: Readonly<Record<"train" | "test", Pair>> = {
  train: { images: "train-images-idx3-ubyte.gz", labels: "train-labels-idx1-ubyte.gz" },
  test: { images: "t10k-images-idx3-ubyte.gz", labels: "t10k-labels-idx1-ubyte.gz" },
};

/** Decoded splits by the checksums of their files: every process decodes a split once. */
const decoded = new Map<string, ImagePart>();

/** A dataset of four gzipped IDX files named like MNIST's; validation is cut from train. */
export function idxDataset(id: string): DatasetEntry<ImagePart> {
  return {
    domains: [id],
    open(_domain, { folder }) {
      const state = requireState(folder, id);
      const { image, classes } = describeDataset(id);
      const files = Object.fromEntries(Object.entries(state.files).map(([name, { sha256 }]) => [name, sha256]));
      return {
        shape: image!,
        classes: classes as number,
        dataTag: state.partial ? "partial" : "real",
        identity: { files },
        officialValidation: false,
        part(name) {
          const pair = pairOf(id, name);
          const key = `${files[pair.images]}/${files[pair.labels]}`;
          let part = decoded.get(key);
          if (part === undefined) {
            part = decode(id, name, (file) => readRaw(folder, state, file));
            decoded.set(key, part);
          }
          return part;
        },
      };
    },
    count(read) {
      const counts: Partial<Record<PartName, number>> = {};
      for (const name of ["train", "test"] as const) {
        const images = read(FILES[name].images);
        const labels = read(FILES[name].labels);
        if (images === undefined || labels === undefined) continue;
        counts[name] = decode(id, name, (file) => (file === FILES[name].images ? images : labels)).labels.length;
      }
      return counts;
    },
  };
}

function pairOf(id: string, name: PartName): Pair {
  if (name === "validation") throw new Error(`${id} has no official validation split`);
  return FILES[name];
}

function decode(id: string, name: PartName, read: (file: string) => Uint8Array): ImagePart {
  const { files, image, classes } = describeDataset(id);
  const pair = pairOf(id, name);
  const load = (file: string): ReturnType<typeof readIdx> =>
    readIdx(read(file), `${id}: ${file}`, files.find((listed) => listed.name === file)?.maxBytes);
  const images = load(pair.images);
  const labels = load(pair.labels);
  const count = labels.shape[0]!;
  const shape = [count, image!.height, image!.width];
  if (!(images.data instanceof Uint8Array) || images.shape.join() !== shape.join())
    throw refusal(`${id}: ${pair.images}`, `shape ${images.shape.join("x")}`, `bytes of shape ${shape.join("x")}`);
  if (!(labels.data instanceof Uint8Array) || labels.shape.length !== 1)
    throw refusal(`${id}: ${pair.labels}`, `shape ${labels.shape.join("x")}`, "a list of bytes");
  const wrong = labels.data.findIndex((label) => label >= (classes as number));
  if (wrong >= 0)
    throw refusal(
      `${id}: ${pair.labels}`,
      `label ${labels.data[wrong]} at ${wrong}`,
      `labels below ${classes as number}`,
    );
  return decodedPart(labels.data, images.data);
}

function refusal(where: string, given: string, accepted: string): UserError {
  return new UserError(EXIT.data, { where, given, accepted, remedy: "import the official files" });
}
