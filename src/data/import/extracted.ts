import { createReadStream, existsSync, readdirSync, realpathSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { EXIT, UserError } from "../../core/errors.js";
import { walk } from "../../core/walk.js";
import type { ManifestDataset } from "../manifest.js";
import { isImagePath } from "../class-folders.js";
import { selector } from "./unpack/names.js";
import type { TreeWriter } from "./unpack/tree-writer.js";

/** A file of an extracted folder, and where it belongs in the dataset's extracted files. */
export interface Source {
  readonly from: string;
  readonly path: string;
}

/** The extracted folder of a dataset among given paths: one that holds what the manifest says, one of its top folders,
 *  or the folder around it. @param meant paths of tops, by name, that lie elsewhere or have other names.
 *  @returns its files, without those that the archives would not give; undefined when there is none.
 *  @throws UserError (data) when a top is said to be somewhere and others are nowhere. */
export function findExtracted(
  described: ManifestDataset,
  paths: readonly string[],
  meant: ReadonlyMap<string, string>,
): Source[] | undefined {
  const { tree, files } = described;
  if (tree.length === 0) return undefined;
  const tops = topsOf(described);
  const found = paths.flatMap((path) => bases(path, tops)).map((base) => topsBelow(base, described, meant));
  const folders = found.find((one) => lacking(tree, one).length === 0);
  if (folders === undefined) {
    const said = tops.filter((top) => meant.has(top));
    if (said.length > 0) throw incomplete(described, said, lacking(tree, found[0] ?? meant), paths);
    return undefined;
  }
  const archives = files.filter(({ unpack }) => unpack !== "none").map(({ only }) => selector(only));
  return [...folders].flatMap(([top, folder]) =>
    (statSync(folder).isFile() ? [""] : onlyFiles(folder)).flatMap((relative) => {
      const path = relative === "" ? top : `${top}/${relative}`;
      return archives.some((selected) => selected(path)) ? [{ from: join(folder, relative), path }] : [];
    }),
  );
}

/** First parts of the paths that the extracted files hold at least. */
export function topsOf({ tree }: ManifestDataset): string[] {
  return [...new Set(tree.map((path) => path.split("/")[0]!))];
}

/** Where an extracted folder may begin, given a path. */
function bases(path: string, tops: readonly string[]): string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  const folder = resolve(path);
  const inside = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [
    folder,
    ...(tops.length === 1 && basename(folder) === tops[0] ? [dirname(folder)] : []),
    ...inside.map(({ name }) => join(folder, name)),
  ];
}

/** Where the tops are: as the user says, else below a base under one of their names. */
function topsBelow(
  base: string,
  described: ManifestDataset,
  meant: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const at = (top: string): string[] => [top, ...(described.topsElsewhere[top] ?? [])].map((name) => join(base, name));
  return new Map(
    topsOf(described).flatMap((top) => {
      const path = meant.get(top) ?? at(top).find((one) => existsSync(one));
      return path === undefined ? [] : [[top, path]];
    }),
  );
}

/** What the extracted files hold at least and these tops do not. */
const lacking = (tree: readonly string[], tops: ReadonlyMap<string, string>): string[] =>
  tree.filter((path) => {
    const [top, ...rest] = path.split("/");
    const folder = tops.get(top!);
    return folder === undefined || !existsSync(join(folder, ...rest));
  });

const incomplete = (
  { id, tree }: ManifestDataset,
  said: readonly string[],
  missing: readonly string[],
  paths: readonly string[],
): UserError =>
  new UserError(EXIT.data, {
    where: `${id}: --as ${said.join(", ")}`,
    given: `${missing.join(", ")} not found in ${paths.join(", ")}`,
    accepted: `all of ${tree.join(", ")}`,
    hint: "give the folder that holds the others, or --as NAME=PATH for each of them",
  });

/** Where the extracted files of an archive lie that has a folder around everything, or tops under other names.
 *  @param paths of its files. @returns folders or files to be moved, as they are and as they belong. */
export function misplaced(described: ManifestDataset, paths: readonly string[]): [from: string, to: string][] {
  const { tree, topsElsewhere } = described;
  const there = (path: string): boolean => paths.some((one) => one === path || one.startsWith(`${path}/`));
  const around = [...new Set(paths.filter((path) => path.includes("/")).map((path) => `${path.split("/")[0]!}/`))];
  for (const base of ["", ...around]) {
    const moves = topsOf(described).map((top) => {
      const names = [top, ...(topsElsewhere[top] ?? [])].map((name) => `${base}${name}`);
      return [names.find(there), top] as const;
    });
    const from = new Map(moves.map(([found, top]) => [top, found]));
    const placed = (path: string): boolean => {
      const [top, ...rest] = path.split("/");
      const found = from.get(top!);
      return found !== undefined && there([found, ...rest].join("/"));
    };
    if (tree.length > 0 && tree.every(placed))
      return moves.flatMap(([found, top]) => (found === undefined || found === top ? [] : [[found, top]]));
  }
  return [];
}

/** A folder of images by class: its images, and how many other files are left out. */
export function imageSources(folder: string): { readonly sources: Source[]; readonly others: number } {
  const paths = onlyFiles(folder);
  const images = paths.filter(isImagePath);
  return { sources: images.map((path) => ({ from: join(folder, path), path })), others: paths.length - images.length };
}

/** What is not taken, with what to do about it. */
const REFUSED = {
  link: ["a link", "put the file itself there, or take it away"],
  other: ["neither a file nor a folder", "put the file itself there, or take it away"],
  misnamed: ["a name that is not UTF-8", "rename it: convmv -f latin1 -t utf8 -r --notest FOLDER renames all"],
} as const;

/** Relative paths of all files below a folder. @throws UserError (data) on a link or a device, since nothing outside the
 *  folder is taken, and on a name that cannot be kept. */
function onlyFiles(folder: string): string[] {
  return walk(folder).map(({ path, kind }) => {
    if (kind === "file") return path;
    const [given, hint] = REFUSED[kind];
    throw new UserError(EXIT.data, {
      where: join(folder, path),
      given,
      accepted: "files and folders with names in UTF-8",
      hint,
    });
  });
}

/** Copies files into a dataset's extracted files; their names are checked as those of an archive. */
export async function copyInto(writer: TreeWriter, sources: readonly Source[]): Promise<void> {
  for (const { from, path } of sources) {
    let target: string;
    try {
      target = writer.check(path, "file");
    } catch (error) {
      throw new UserError(EXIT.data, { where: from, given: (error as Error).message, hint: "rename it" });
    }
    const sink = writer.file(target);
    try {
      for await (const chunk of createReadStream(from)) sink.write(chunk as Buffer);
      sink.end();
    } finally {
      sink.discard();
    }
  }
}

/** Deletes what was copied, but nothing of the store itself. */
export function deleteSources(sources: readonly Source[], store: string): void {
  const own = existsSync(store) ? realpathSync(store) : resolve(store);
  for (const { from } of sources) if (!realpathSync(from).startsWith(`${own}/`)) rmSync(from);
}
