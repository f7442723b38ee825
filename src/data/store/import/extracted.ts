import { createReadStream, existsSync, readdirSync, realpathSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { EXIT, UserError } from "../../../core/errors.js";
import { walk } from "../../../core/walk.js";
import type { ManifestDataset } from "../../manifest.js";
import { isImagePath } from "../../class-folders.js";
import { selector } from "../unpack/names.js";
import type { TreeWriter } from "../unpack/tree-writer.js";

/** A file of an extracted folder, and where it belongs in the dataset's extracted files. */
export interface Source {
  readonly from: string;
  readonly path: string;
}

/** The extracted folder of a dataset among given paths: one that holds what the manifest says, one of its top folders,
 *  or the folder around it. @param meant paths of top folders that have other names.
 *  @returns its files, without those that the archives would not give; undefined when there is none. */
export function findExtracted(
  described: ManifestDataset,
  paths: readonly string[],
  meant: ReadonlyMap<string, string>,
): Source[] | undefined {
  const { tree, files } = described;
  if (tree.length === 0) return undefined;
  const tops = topsOf(described);
  const folders = tops.every((top) => meant.has(top))
    ? new Map(tops.map((top) => [top, meant.get(top)!]))
    : paths.flatMap((path) => bases(path, tops)).flatMap((base) => below(base, tops, tree))[0];
  if (folders === undefined) return undefined;
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

/** The top folders below a base that holds all that is expected. */
function below(base: string, tops: readonly string[], tree: readonly string[]): Map<string, string>[] {
  if (!tree.every((path) => existsSync(join(base, path)))) return [];
  return [new Map(tops.map((top) => [top, join(base, top)]))];
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
  misnamed: ["a name that is no UTF-8", "rename it: convmv -f latin1 -t utf8 -r --notest FOLDER renames all"],
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
