import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { filesBelow } from "../../core/walk.js";
import { refusal } from "../formats/refusal.js";
import { rawFolder } from "../store/layout.js";

/** A line of a list, and its place for messages. */
export interface Line {
  readonly text: string;
  readonly where: string;
}

/** The extracted files of a photo dataset, in which lists are looked up and images counted. */
export interface PhotoTree {
  /** Relative paths of all files below a folder, with `/`, sorted by code points; links are none. */
  below(folder: string): string[];
  /** The lines of a text file without blank ones and those that begin with `#`. @throws UserError (data). */
  lines(path: string): Line[];
  /** A file, or an official file that was not extracted because it is no archive. @throws UserError (data). */
  bytes(path: string): Uint8Array;
  /** How a file is called in messages. */
  where(path: string): string;
}

/** @param read gives a file's bytes by its path, or an official one's by its name. */
export function photoTree(files: string, read: (path: string) => Uint8Array | undefined): PhotoTree {
  const where = (path: string): string => join(files, path);
  const bytes = (path: string): Uint8Array => {
    const found = read(path);
    if (found === undefined) throw refusal(where(path), "missing", "a file of the set");
    return found;
  };
  return {
    where,
    bytes,
    below: (folder) =>
      filesBelow(join(files, folder))
        .map((path) => (folder === "" ? path : `${folder}/${path}`))
        .sort(byCodePoints),
    lines: (path) =>
      Buffer.from(bytes(path))
        .toString("utf8")
        .split("\n")
        .map((text, i) => ({ text: text.replace(/\r$/, ""), where: `${where(path)}:${i + 1}` }))
        .filter(({ text }) => text.trim() !== "" && !text.startsWith("#")),
  };
}

/** The tree of a stored dataset. */
export function storedTree(root: string, id: string, files: string): PhotoTree {
  return photoTree(files, (path) => {
    const found = [join(files, path), join(rawFolder(root, id), path)].find(existsSync);
    return found === undefined ? undefined : readFileSync(found);
  });
}

/** Order of two texts by their code points, which differs from that of JavaScript's halves of them. */
export function byCodePoints(a: string, b: string): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const [one, other] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (one !== other) return rank(one) - rank(other);
  }
  return a.length - b.length;
}

/** Halves of code points above 0xffff come after everything else. */
const rank = (half: number): number => (half >= 0xd800 && half <= 0xdfff ? half + 0x10000 : half);
