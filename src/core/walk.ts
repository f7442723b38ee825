import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { misreadName } from "./misread.js";

/** Something below a folder that is no folder itself. */
export interface Found {
  /** Relative to the folder, with `/`; of one whose name is not UTF-8, with its bytes as \xe9. */
  readonly path: string;
  readonly kind: "file" | "link" | "other" | "misnamed";
}

/** Everything below a folder, in the file system's order; links are listed, not followed. A folder that is not there holds
 *  nothing. */
export function walk(folder: string): Found[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry): Found[] => {
    const misnamed = misreadName(folder, entry.name);
    if (misnamed !== undefined) return [{ path: misnamed, kind: "misnamed" }];
    if (entry.isDirectory())
      return walk(join(folder, entry.name)).map(({ path, kind }) => ({ path: `${entry.name}/${path}`, kind }));
    return [{ path: entry.name, kind: entry.isFile() ? "file" : entry.isSymbolicLink() ? "link" : "other" }];
  });
}

/** The relative paths of the files below a folder, with `/`. */
export const filesBelow = (folder: string): string[] =>
  walk(folder).flatMap(({ path, kind }) => (kind === "file" ? [path] : []));
