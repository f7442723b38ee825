import { randomUUID } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Of this process: a pid may be another's on another machine that shares the folder. */
const TOKEN = `${process.pid}-${randomUUID().slice(0, 8)}`;

/** Writes a file so that a reader sees the old bytes or the new ones, never a part: temporary file, fsync, rename. */
export function writeAtomic(path: string, data: string | Uint8Array): void {
  writeAtomicParts(path, [typeof data === "string" ? Buffer.from(data) : data]);
}

/** The same for what is too big to hold whole. @param parts are written one after the other. */
export function writeAtomicParts(path: string, parts: Iterable<string | Uint8Array>): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.tmp-${TOKEN}`;
  const file = openSync(temporary, "w");
  try {
    for (const part of parts) {
      const bytes = typeof part === "string" ? Buffer.from(part) : part;
      for (let offset = 0; offset < bytes.length;) offset += writeSync(file, bytes, offset);
    }
    fsyncSync(file);
  } catch (error) {
    closeSync(file);
    rmSync(temporary, { force: true });
    throw error;
  }
  closeSync(file);
  renameSync(temporary, path);
}

let root: string | undefined;

/** The folder of this package: where `configs/` and `datasets/manifest.yaml` lie, built or not. */
export function packageRoot(): string {
  if (root === undefined) {
    let folder = dirname(fileURLToPath(import.meta.url));
    while (!isPackage(folder)) {
      const parent = dirname(folder);
      if (parent === folder) throw new Error("package.json of metamd not found above " + import.meta.url);
      folder = parent;
    }
    root = folder;
  }
  return root;
}

/** The version of this program, as its package has it. */
export const programVersion = (): string =>
  (JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")) as { version: string }).version;

function isPackage(folder: string): boolean {
  const file = join(folder, "package.json");
  return existsSync(file) && (JSON.parse(readFileSync(file, "utf8")) as { name?: string }).name === "metamd-bench";
}
