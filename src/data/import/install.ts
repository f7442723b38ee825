import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { timestamp } from "../../core/clock.js";
import { EXIT, UserError } from "../../core/errors.js";
import { uniqueMark, writeAtomic, type Guard, makeFolders } from "../../core/files.js";
import { isImagePath } from "../class-folders.js";
import type { ManifestDataset } from "../manifest.js";
import { datasets } from "../sets/index.js";
import type { Fingerprint } from "../store/checksum.js";
import { countClassFolders, isOwn } from "./count-class-folders.js";
import { filesFolder, rawFolder, rawPath, treeListPath } from "../store/layout.js";
import { misplaced } from "./extracted.js";
import { explainFullDisk } from "../store/space.js";
import { removeState, writeState, type StoredState } from "../store/store.js";
import { pathsBelow, treeList, treeRecord, type TreeFile, type TreeRecord } from "../store/tree.js";
import { TreeWriter } from "./unpack/tree-writer.js";
import { firstBytes } from "./unpack/inflate.js";
import { unpack } from "./unpack/unpack.js";

/** An official file that is ready to be taken over: at `path`, or, without one, already in its place. */
export interface Staged {
  readonly name: string;
  readonly found: Fingerprint;
  readonly path?: string;
}

export interface Installation {
  readonly staged: readonly Staged[];
  /** Writes the extracted files; absent: `kept` stay. */
  readonly fill?: ((writer: TreeWriter) => Promise<void>) | undefined;
  /** Stops the extraction; nothing has changed then. */
  readonly signal?: AbortSignal | undefined;
  /** Throws when the dataset's lock was taken over; asked before anything changes. */
  readonly guard: Guard;
  /** The extracted files that are here and stay. */
  readonly kept?: TreeRecord | undefined;
  /** Judges the whole before anything changes. @returns whether it is the whole official set. @throws UserError. */
  readonly isWhole: (tree: readonly TreeFile[] | undefined) => boolean;
}

/** Extracts, counts and records a dataset, and only then exchanges what is there: either everything is in its place, or
 *  nothing has changed. @returns the new record.
 *  @throws UserError (data): an archive is refused, images cannot be decoded, or a whole set has other counts. */
export async function install(root: string, described: ManifestDataset, given: Installation): Promise<StoredState> {
  const { id } = described;
  const temporary = join(root, id, `files.tmp-${uniqueMark()}`);
  try {
    let tree: TreeFile[] | undefined;
    if (given.fill !== undefined) {
      const writer = new TreeWriter(temporary, given.signal);
      await given.fill(writer);
      tree = writer.files;
      refuseNested(id, tree);
    }
    const whole = given.isWhole(tree);
    const extracted = tree !== undefined ? temporary : given.kept === undefined ? undefined : filesFolder(root, id);
    const counts = countImages(root, described, given.staged, extracted);
    if (whole) checkCounts(described, counts);
    refuseEmpty(described, given.staged, tree, counts);
    if (tree !== undefined) await refuseImageless(id, temporary, tree);
    given.guard();
    return commit(root, described, given, { files: tree, folder: temporary }, counts, whole);
  } catch (error) {
    throw explainFullDisk(error, join(root, id));
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Extracts the staged archives of a dataset, one after the other. */
export function archivesOf(
  root: string,
  described: ManifestDataset,
  staged: readonly Staged[],
): ((writer: TreeWriter) => Promise<void>) | undefined {
  const { id, files } = described;
  const archives = files.flatMap((file) => {
    const found = staged.find(({ name }) => name === file.name);
    return file.unpack === "none" || found === undefined
      ? []
      : [{ file, path: found.path ?? rawPath(root, id, file.name) }];
  });
  if (archives.length === 0) return undefined;
  return async (writer) => {
    for (const { file, path } of archives) await unpack(path, file, writer);
    const moves = misplaced(
      described,
      writer.files.map(({ path }) => path),
    );
    for (const [from, to] of moves) writer.move(from, to);
  };
}

function countImages(
  root: string,
  described: ManifestDataset,
  staged: readonly Staged[],
  extracted: string | undefined,
): Record<string, number> {
  const { id } = described;
  if (isOwn(described)) return countClassFolders(described, pathsBelow(extracted!));
  const count = datasets[id]?.count;
  if (count === undefined) return {};
  return count((name) => {
    const raw = staged.find((one) => one.name === name);
    if (raw !== undefined) return readFileSync(raw.path ?? rawPath(root, id, name));
    const path = extracted === undefined ? undefined : join(extracted, name);
    return path !== undefined && existsSync(path) ? readFileSync(path) : undefined;
  }, extracted);
}

/** Refuses extracted files that hold no image, but another archive. */
function refuseNested(id: string, tree: readonly TreeFile[]): void {
  const inner = tree.filter(({ path }) => /\.(zip|tar|tgz|tar\.gz)$/.test(path)).map(({ path }) => path);
  if (inner.length > 0 && !tree.some(({ path }) => isImagePath(path)))
    throw new UserError(EXIT.data, {
      where: id,
      given: `no image, but archives in the archive: ${inner.join(", ")}`,
      accepted: "images",
      hint: `extract them where they are, then metamd data import ${id} FOLDER`,
    });
}

/** Refuses what looks whole and holds no image, such as another archive under the name of the official one. */
function refuseEmpty(
  { id, files, format, page }: ManifestDataset,
  staged: readonly Staged[],
  tree: readonly TreeFile[] | undefined,
  counts: Readonly<Record<string, number>>,
): void {
  const counted = Object.values(counts).some((count) => count > 0);
  const everything = files.every(({ name }) => staged.some((one) => one.name === name));
  const extracted = tree !== undefined && !tree.some(({ path }) => isImagePath(path));
  const countable = datasets[id]?.count !== undefined || format === "class-folders";
  if (counted || !(everything || extracted) || (!countable && !extracted)) return;
  throw new UserError(EXIT.data, {
    where: id,
    given: "no image in what was given",
    accepted:
      files.length === 0 ? "a folder of images by class" : `${files.map(({ name }) => name).join(", ")} of ${id}`,
    hint: page === undefined ? "give other files" : `get the official files from ${page}`,
  });
}

/** How JPEG, PNG, GIF and WebP begin. */
const IMAGE_BEGINS = ["ffd8ff", "89504e47", "47494638", "52494646"];

/** Refuses images of which none is one: empty files, or pages that a server sent in their place. */
async function refuseImageless(id: string, folder: string, tree: readonly TreeFile[]): Promise<void> {
  const named = tree.filter(({ path }) => isImagePath(path));
  for (const { path } of named) {
    const first = (await firstBytes(join(folder, path), 4)).toString("hex");
    if (IMAGE_BEGINS.some((begin) => first.startsWith(begin))) return;
  }
  if (named.length === 0) return;
  throw new UserError(EXIT.data, {
    where: id,
    given: `${named.length} files called images, none of which is one (${named[0]!.path})`,
    accepted: "JPEG, PNG, GIF or WebP",
    hint: "look into one of them: a download may have brought an empty file or a page",
  });
}

/** Of a whole set, what can be counted must be what the manifest says. */
function checkCounts({ id, splits }: ManifestDataset, counts: Readonly<Record<string, number>>): void {
  if (Object.keys(counts).length === 0) return;
  for (const [split, expected] of Object.entries(splits))
    if (counts[split] !== expected)
      throw new UserError(EXIT.data, {
        where: `${id} ${split}`,
        given: `${counts[split] ?? 0} images`,
        accepted: `${expected} (manifest)`,
      });
}

function commit(
  root: string,
  { id }: ManifestDataset,
  { staged, kept }: Installation,
  { files: tree, folder: extracted }: { readonly files: readonly TreeFile[] | undefined; readonly folder: string },
  counts: Record<string, number>,
  whole: boolean,
): StoredState {
  removeState(root, id);
  makeFolders(rawFolder(root, id));
  for (const { name, path } of staged) if (path !== undefined) renameSync(path, rawPath(root, id, name));
  if (tree !== undefined) {
    const folder = filesFolder(root, id);
    const old = join(root, id, `files.old-${uniqueMark()}`);
    if (existsSync(folder)) renameSync(folder, old);
    renameSync(extracted, folder);
    rmSync(old, { recursive: true, force: true });
    writeAtomic(treeListPath(root, id), treeList(tree));
  }
  const record = tree === undefined ? kept : treeRecord(tree);
  const state: StoredState = {
    version: 1,
    id,
    partial: !whole,
    imported: timestamp(),
    counts,
    files: Object.fromEntries(staged.map(({ name, found }) => [name, found])),
    ...(record !== undefined && { tree: record }),
    corrupt: [],
  };
  writeState(root, state);
  return state;
}
