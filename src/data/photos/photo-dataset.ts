import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { EXIT, UserError } from "../../core/errors.js";
import { writeAtomic } from "../../core/files.js";
import { contentId, sha256 } from "../../core/hash.js";
import { inTsv } from "../../core/printable.js";
import type { DatasetEntry, PartName, PhotoOptions, PhotoPart, Source } from "../dataset.js";
import { describeDataset, type ManifestDataset } from "../manifest.js";
import { classOrders, holdOut } from "../splits.js";
import { filesFolder, treeListPath } from "../store/layout.js";
import { requireState, type StoredState } from "../store/store.js";
import { readTreeList } from "../store/tree.js";
import { DECODER } from "./decode.js";
import { sorted, type ListedPhoto, type PhotoLists } from "./lists.js";
import { photoTree, storedTree, type PhotoTree } from "./tree.js";

/** What a photo dataset's files say of its splits. */
interface Resolved {
  readonly lists: PhotoLists;
  /** Names lists that are not the usual ones. */
  readonly variant?: string;
  /** Rows that are cut off every photo at the bottom. */
  readonly cropBottom?: number;
}

/** Reads and checks the lists of a dataset.
 *  @param partial whether the set need not be whole. @throws UserError (data). */
export type Resolve = (
  tree: PhotoTree,
  described: ManifestDataset,
  options: PhotoOptions,
  partial: boolean,
) => Resolved;

/** Opened sources by everything that decides them: lists are read once per process. */
const opened = new Map<string, Source<PhotoPart>>();

/** A dataset of photos of varying sizes, which are extracted below `<data>/<id>/files` and decoded into the cache beside. */
export function photoDataset(id: string, resolve: Resolve): DatasetEntry<PhotoPart> {
  return {
    domains: [id],
    open(_domain, { folder, photos = {} }) {
      const state = requireState(folder, id);
      const key = JSON.stringify([folder, id, sourceOf(state), state.partial, photos]);
      let source = opened.get(key);
      if (source === undefined) opened.set(key, (source = open(folder, state, photos, resolve)));
      return source;
    },
    count(read, files = "") {
      const { lists } = resolve(photoTree(files, read), describeDataset(id), {}, true);
      return Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, list.length]));
    },
  };
}

/** Of what photos are decoded: the tree's checksum, or those of the archives. */
const sourceOf = ({ tree, files }: StoredState): string =>
  tree?.sha256 ?? contentId(Object.fromEntries(Object.entries(files).map(([name, file]) => [name, file.sha256])));

function open(root: string, state: StoredState, options: PhotoOptions, resolve: Resolve): Source<PhotoPart> {
  const { id, partial } = state;
  const described = describeDataset(id, root);
  const files = filesFolder(root, id);
  const resolved = resolve(storedTree(root, id, files), described, options, partial);
  const { variant, cropBottom } = resolved;
  const lists: PhotoLists = Object.fromEntries(
    Object.entries(resolved.lists).map(([name, list]) => [name, sorted(list)]),
  ) as never;
  if (!partial && variant === undefined) checkCounts(described, files, lists);
  const classes = typeof described.classes === "number" ? described.classes : described.classes.length;
  const texts = splitTexts(lists, classes);
  const cache = { folder: join(root, id, "cache"), source: sourceOf(state) };
  const sums = sumsOf(root, state);
  let written = false;
  return {
    classes,
    dataTag: partial ? "partial" : "real",
    identity: {
      tree: cache.source,
      lists: sha256(texts.map(([name, text]) => `${name}\n${text}`).join("")),
      decoder: DECODER,
      ...(variant !== undefined && { variant }),
      ...(cropBottom !== undefined && { cropBottom }),
    },
    officialValidation: lists.validation !== undefined,
    part(name) {
      if (!written) writeSplits(join(root, id, "splits"), variant, texts);
      written = true;
      const list = lists[name];
      if (list === undefined) throw new Error(`${id} has no official validation split`);
      return {
        labels: Uint16Array.from(list, ({ label }) => label),
        photos: list.map(({ path }) => ({
          path,
          sha256: sums.get(path),
          ...(cropBottom !== undefined && { cropBottom }),
        })),
        files,
        cache,
      };
    },
  };
}

/** The checksums of a set's images as they were imported, by path.
 *  @throws UserError (data) where their list is gone or changed: then nobody knows what the images were. */
function sumsOf(root: string, { id, tree }: StoredState): ReadonlyMap<string, string> {
  if (tree === undefined) return new Map();
  const path = treeListPath(root, id);
  const listed = readTreeList(path, tree);
  if (listed !== undefined) return new Map(listed.map(({ path, sha256 }) => [path, sha256]));
  throw new UserError(EXIT.data, {
    where: path,
    given: existsSync(path) ? "changed since the set was imported" : "missing",
    accepted: "the list of its images with their checksums",
    hint: "import the set again",
  });
}

function checkCounts({ splits }: ManifestDataset, files: string, lists: PhotoLists): void {
  for (const [name, expected] of Object.entries(splits)) {
    const count = lists[name as PartName]?.length ?? 0;
    if (count !== expected)
      throw new UserError(EXIT.data, {
        where: files,
        given: `${count} images in the ${name} split`,
        accepted: `${expected} (manifest)`,
        hint: "import the official files again",
      });
  }
}

/** The lists as they are used, where no validation is official with the one that is cut from train: a line an image,
 *  path and class from 0. */
function splitTexts(lists: PhotoLists, classes: number): (readonly [name: PartName, text: string])[] {
  const text = (list: readonly ListedPhoto[]): string =>
    list.map(({ path, label }) => `${inTsv(path)}\t${label}\n`).join("");
  let { train, validation } = lists;
  if (validation === undefined) {
    const orders = classOrders(
      train.map(({ label }) => label),
      classes,
    );
    const cut = holdOut(orders);
    const pick = (chosen: readonly Int32Array[]): ListedPhoto[] =>
      sorted(chosen.flatMap((order) => [...order].map((i) => lists.train[i]!)));
    [train, validation] = [pick(cut.train), pick(cut.validation)];
  }
  return [
    ["train", text(train)],
    ["validation", text(validation)],
    ["test", text(lists.test)],
  ];
}

/** Writes the lists to `<data>/<id>/splits`, for people; what is there already is left alone. */
function writeSplits(folder: string, variant: string | undefined, texts: ReturnType<typeof splitTexts>): void {
  for (const [name, text] of texts) {
    const path = join(folder, `${name}${variant === undefined ? "" : `.${variant}`}.txt`);
    if (!existsSync(path) || readFileSync(path, "utf8") !== text) writeAtomic(path, text);
  }
}
