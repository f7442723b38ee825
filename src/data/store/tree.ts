import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../core/hash.js";
import { fromTsv, inTsv } from "../../core/printable.js";
import { walk } from "../../core/walk.js";
import { fingerprint } from "./checksum.js";

/** One file of a dataset's extracted files; the path is relative, with `/`. */
export interface TreeFile {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** What a record says of the extracted files: how many, and the SHA-256 of their list. */
export interface TreeRecord {
  readonly sha256: string;
  readonly files: number;
}

const HEADER = "path\tsha256\tbytes\n";
const byPath = (a: TreeFile, b: TreeFile): number => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);

/** The list of a tree as text: a line a file, sorted by path. Its SHA-256 is the tree's. */
export function treeList(files: readonly TreeFile[]): string {
  const lines = [...files].sort(byPath).map(({ path, sha256, bytes }) => `${inTsv(path)}\t${sha256}\t${bytes}\n`);
  return HEADER + lines.join("");
}

export function treeRecord(files: readonly TreeFile[]): TreeRecord {
  return { sha256: sha256(treeList(files)), files: files.length };
}

/** The stored list of a dataset's extracted files; undefined where it is gone or not the recorded one. */
export function readTreeList(path: string, record: TreeRecord): TreeFile[] | undefined {
  if (!existsSync(path)) return undefined;
  const text = readFileSync(path, "utf8");
  return sha256(text) === record.sha256 ? parseTreeList(text) : undefined;
}

/** Files of a list in the form of `treeList`; undefined where a line has another form. */
export function parseTreeList(text: string): TreeFile[] | undefined {
  if (!text.startsWith(HEADER)) return undefined;
  const files: TreeFile[] = [];
  for (const line of text.slice(HEADER.length).split("\n")) {
    if (line === "") continue;
    const parts = /^([^\t]+)\t([0-9a-f]{64})\t(\d+)\r?$/.exec(line);
    if (parts === null) return undefined;
    files.push({ path: fromTsv(parts[1]!), sha256: parts[2]!, bytes: Number(parts[3]) });
  }
  return files;
}

/** Relative paths of everything below a folder that is no folder itself, sorted; links are listed, not followed. */
export const pathsBelow = (folder: string): string[] =>
  walk(folder)
    .map(({ path }) => path)
    .sort();

/** Hashes every file below a folder. */
export async function hashTree(folder: string): Promise<TreeFile[]> {
  const files: TreeFile[] = [];
  for (const path of pathsBelow(folder)) {
    const { sha256, bytes } = await fingerprint(join(folder, path));
    files.push({ path, sha256, bytes });
  }
  return files;
}
