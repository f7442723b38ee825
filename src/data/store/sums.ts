import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeAtomic } from "../../core/files.js";
import { hasChecksum, type ManifestFile } from "../manifest.js";

const sumsPath = (root: string): string => join(root, "SHA256SUMS");
/** The name in SHA256SUMS of a dataset's extracted files as a whole. */
export const TREE = "files";

/** What was trusted on first use: checksums by `<id>/raw/<name>`, as `sha256sum -c` reads them. */
function readSums(root: string): Map<string, string> {
  const path = sumsPath(root);
  if (!existsSync(path)) return new Map();
  const lines = [...readFileSync(path, "utf8").matchAll(/^([0-9a-f]{64}) [ *](.+)$/gm)];
  return new Map(lines.map((line) => [line[2]!, line[1]!]));
}

const keyOf = (id: string, name: string): string => (name === TREE ? `${id}/tree.tsv` : `${id}/raw/${name}`);

/** The SHA-256 that was recorded when a file was first used without a listed checksum. */
export function trustedSum(root: string, id: string, name: string): string | undefined {
  return readSums(root).get(keyOf(id, name));
}

/** Records a file's SHA-256, which is demanded ever after. */
export function trust(root: string, id: string, name: string, sha256: string): void {
  const sums = readSums(root).set(keyOf(id, name), sha256);
  writeAtomic(sumsPath(root), [...sums].map(([path, sum]) => `${sum}  ${path}\n`).join(""));
}

/** A manifest's file with the checksum that is demanded of it: the listed ones, else the one trusted on first use. */
export function demanded(root: string, id: string, file: ManifestFile): ManifestFile {
  const sha256 = hasChecksum(file) ? undefined : trustedSum(root, id, file.name);
  return sha256 === undefined ? file : { ...file, sha256 };
}
