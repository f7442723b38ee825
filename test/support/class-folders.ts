import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { tar } from "./archives.js";

const JPEG = Buffer.from("ffd8ff", "hex");

/** Bytes that no compression makes shorter. */
const blocks = (name: string, count: number): Buffer[] =>
  Array.from({ length: count }, (_unused, k) => createHash("sha256").update(`${name} ${k}`).digest());

/** Stand-ins for images, which begin as a JPEG does: the store looks no further. @param size bytes of each. */
export function classFiles(classes: readonly string[], each: number, size = 40): { name: string; data: Buffer }[] {
  return classes.flatMap((label) =>
    Array.from({ length: each }, (_unused, i) => {
      const name = `${label}/${i}.jpg`;
      return { name, data: Buffer.concat([JPEG, ...blocks(name, Math.ceil(size / 32))]).subarray(0, size) };
    }),
  );
}

/** The same as a folder. */
export function writeClassFolders(folder: string, classes: readonly string[], each: number): string {
  for (const { name, data } of classFiles(classes, each)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), data);
  }
  return folder;
}

/** The same as a .tar.gz. */
export const classArchive = (classes: readonly string[], each: number, size?: number): Buffer =>
  gzipSync(tar(classFiles(classes, each, size)));

export const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

/** Writes a user's manifest into a folder of datasets. @param more lines of the entry, indented by four. */
export function writeOwnManifest(root: string, id: string, classes: number, more = ""): void {
  mkdirSync(root, { recursive: true });
  const entry = `  - id: ${id}
    title: Own images
    format: class-folders
    classes: ${classes}
    licence: { name: own, nonCommercial: false }
    citation: own
${more}`;
  writeFileSync(join(root, "manifest.yaml"), `version: 1\ndatasets:\n${entry}`);
}

/** The lines of one archive in a manifest. */
export function archiveEntry(name: string, urls: readonly string[], bytes: Buffer | undefined): string {
  const known = bytes === undefined ? "" : `, bytes: ${bytes.length}, sha256: ${sha256(bytes)}`;
  return `    files:
      - { name: ${name}, urls: [${urls.map((url) => `"${url}"`).join(", ")}]${known}, unpack: tar.gz, maxBytes: 100000000, maxEntries: 1000 }
`;
}
