import { readFileSync } from "node:fs";
import { join } from "node:path";
import { milliseconds } from "../../core/clock.js";
import { EXIT, UserError } from "../../core/errors.js";
import type { DatasetEntry, DecodedImages, ImagePart, OfficialSplit, PartName } from "../dataset.js";
import { describeDataset, type ManifestDataset, type ManifestFile } from "../manifest.js";
import { decodedPart } from "../part.js";
import { contentSum } from "../store/checksum.js";
import { filesFolder } from "../store/layout.js";
import { importCommand, readRaw, requireState, type StoredState } from "../store/store.js";

/** A file's bytes by its name, undefined where it is not there; the reader may change them. */
export type Read = (file: string) => Uint8Array | undefined;

/** How a dataset of equally large images is read. */
export interface ImageFiles {
  /** The files of a split: names of manifest files, or paths in the folder that its archive is unpacked to. Of a
   *  partial set some may be missing. */
  readonly files: Readonly<Record<OfficialSplit, readonly string[]>>;
  readonly unpacked?: boolean;
  /** Decodes the files of a split that are there; undefined when too few are.
   *  @throws UserError (data) when they are damaged or do not belong together. */
  decode(read: Read, files: readonly string[], dataset: ManifestDataset): DecodedImages | undefined;
  /** The contents of a split's files, in their order, uncompressed: what `decode` reads as these images. Absent where the
   *  files say more than images and classes. */
  encode?(split: DecodedImages): readonly Uint8Array[];
}

/** DecodedImages splits by dataset, split and what the files are: every process decodes a split once. */
const decoded = new Map<string, { readonly part: ImagePart; readonly milliseconds: number }>();
/** What was asked for while somebody wants to know: milliseconds that it took. */
let asked: Map<string, number> | undefined;

/** Milliseconds that reading the files took which a function asks for, each once, also where this process had read them
 *  before. */
export function readingTime(ask: () => void): number {
  const outer = asked;
  asked = new Map();
  try {
    ask();
    return [...asked.values()].reduce((sum, milliseconds) => sum + milliseconds, 0);
  } finally {
    asked = outer;
  }
}

/** A dataset with official train and test files; validation is cut from train. */
export function imageDataset(id: string, format: ImageFiles): DatasetEntry<ImagePart> {
  return {
    domains: [id],
    open(_domain, { folder }) {
      const state = requireState(folder, id);
      const described = describeDataset(id);
      const listed = (name: string): ManifestFile | undefined => described.files.find((file) => file.name === name);
      const files = Object.fromEntries(
        Object.entries(state.files).map(([name, found]) => [name, contentSum(found, listed(name) ?? {})]),
      );
      // A set that was given extracted has no archive, but a list of what was extracted.
      const identity = { files, ...("tree" in state && { tree: state.tree }) };
      return {
        shape: described.image!,
        classes: classCount(described),
        dataTag: state.partial ? "partial" : "real",
        identity,
        officialValidation: false,
        part(name) {
          const split = official(id, name);
          const key = JSON.stringify([id, split, identity, state.partial]);
          let held = decoded.get(key);
          if (held === undefined) {
            const begun = milliseconds();
            const part = load(folder, state, described, format, split);
            decoded.set(key, (held = { part, milliseconds: milliseconds() - begun }));
          }
          asked?.set(key, held.milliseconds);
          return held.part;
        },
      };
    },
    ...(format.encode !== undefined && {
      encode: (split: OfficialSplit, images: DecodedImages) => {
        const contents = format.encode!(images);
        return Object.fromEntries(contents.map((bytes, i) => [format.files[split][i]!, bytes]));
      },
    }),
    count(read) {
      const described = describeDataset(id);
      const counts: Partial<Record<PartName, number>> = {};
      for (const split of ["train", "test"] as const) {
        const part = decode(read, format, split, described);
        if (part !== undefined) counts[split] = part.labels.length;
      }
      return counts;
    },
  };
}

export const classCount = ({ classes }: ManifestDataset): number =>
  typeof classes === "number" ? classes : classes.length;

function official(id: string, name: PartName): OfficialSplit {
  if (name === "validation") throw new Error(`${id} has no official validation split`);
  return name;
}

/** Decodes an imported split; of a whole set it must have as many images as the manifest says. */
function load(
  folder: string,
  state: StoredState,
  described: ManifestDataset,
  format: ImageFiles,
  split: OfficialSplit,
): ImagePart {
  const read: Read = (file) =>
    format.unpacked === true ? readUnpacked(folder, state, file) : readRaw(folder, state, file);
  const part = decode(read, format, split, described);
  const expected = state.partial ? undefined : described.splits[split];
  if (part !== undefined && (expected === undefined || part.labels.length === expected))
    return decodedPart(part.labels, part.pixels);
  throw new UserError(EXIT.data, {
    where: `${described.id} ${split}`,
    given: `${part?.labels.length ?? 0} images`,
    accepted: expected === undefined ? format.files[split].join(", ") : `${expected} images (manifest)`,
    hint: importCommand(described.id),
  });
}

function readUnpacked(folder: string, { id, partial }: StoredState, file: string): Uint8Array | undefined {
  const path = join(filesFolder(folder, id), file);
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    if (partial) return undefined;
    throw new UserError(
      EXIT.data,
      { where: path, given: "missing", accepted: `the unpacked files of ${id}`, hint: importCommand(id) },
      { cause: error },
    );
  }
}

function decode(
  read: Read,
  { files, decode }: ImageFiles,
  split: OfficialSplit,
  described: ManifestDataset,
): DecodedImages | undefined {
  const part = decode(read, files[split], described);
  const { height, width, channels } = described.image!;
  if (part !== undefined && part.pixels.length !== part.labels.length * height * width * channels)
    throw new Error(`${described.id}: ${part.pixels.length} bytes of pixels for ${part.labels.length} labels`);
  return part;
}
