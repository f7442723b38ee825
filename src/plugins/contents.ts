import { readFileSync, statSync } from "node:fs";
import { dirname, extname, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { sha256 } from "../core/hash.js";

/** What a plug-in consists of. */
export interface Contents {
  /** Absolute paths of its files, itself first. */
  readonly files: readonly string[];
  /** Of one file the SHA-256 of its bytes; of several that of a list of them. */
  readonly sha256: string;
}

/** Texts in quotes that begin as relative paths do, or are file addresses: imports, and files that are read. */
const PATHS = /(["'`])(\.\.?\/[^"'`\n]+|file:[^"'`\n]+)\1/g;
const MODULES = [".mjs", ".js", ".cjs", ".mts", ".ts", ".cts"];

/** Reads a plug-in: its file, and every file that this one names by a path, and so on. Paths that are put together while
 *  it runs are not seen; importing by one is refused.
 *  @param file absolute, without links. @throws what reading throws. */
export function contentsOf(file: string): Contents {
  const hashes = new Map<string, string>();
  const visit = (path: string): void => {
    if (hashes.has(path)) return;
    const bytes = readFileSync(path);
    hashes.set(path, sha256(bytes));
    if (MODULES.includes(extname(path))) for (const other of named(bytes.toString(), path)) visit(other);
  };
  visit(file);
  const [own, ...others] = [...hashes].map(([path, hash]) => ({ path: relative(dirname(file), path), hash }));
  const sorted = others.sort((a, b) => (a.path < b.path ? -1 : 1)).map(({ path, hash }) => `${hash}  ${path}\n`);
  return {
    files: [...hashes.keys()],
    sha256: others.length === 0 ? own!.hash : sha256([`${own!.hash}\n`, ...sorted].join("")),
  };
}

/** The files that a module's text names. */
function named(text: string, path: string): string[] {
  return [...text.matchAll(PATHS)].flatMap(([, , specifier]) => {
    const found = fileAt(specifier!, path);
    return found === undefined ? [] : [found];
  });
}

/** @returns undefined where there is no such file: the module loader says so if it matters. */
function fileAt(specifier: string, from: string): string | undefined {
  try {
    const path = fileURLToPath(new URL(specifier, pathToFileURL(from)));
    return statSync(path).isFile() ? path : undefined;
  } catch {
    return undefined;
  }
}
