import { isUtf8 } from "node:buffer";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

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
    if (entry.name.includes("\ufffd")) {
      const bytes = bytesOfName(folder, entry.name);
      if (bytes !== undefined) return [{ path: escapedBytes(bytes), kind: "misnamed" }];
    }
    if (entry.isDirectory())
      return walk(join(folder, entry.name)).map(({ path, kind }) => ({ path: `${entry.name}/${path}`, kind }));
    return [{ path: entry.name, kind: entry.isFile() ? "file" : entry.isSymbolicLink() ? "link" : "other" }];
  });
}

/** The bytes of a name that Node could not read as UTF-8; undefined where it could. */
const bytesOfName = (folder: string, name: string): Buffer | undefined =>
  readdirSync(folder, { encoding: "buffer" }).find((bytes) => !isUtf8(bytes) && bytes.toString() === name);

const escapedBytes = (bytes: Buffer): string =>
  [...bytes].map((byte) => (byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`)).join("");

/** The relative paths of the files below a folder, with `/`. */
export const filesBelow = (folder: string): string[] =>
  walk(folder).flatMap(({ path, kind }) => (kind === "file" ? [path] : []));
