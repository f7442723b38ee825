import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { deflateSync } from "node:zlib";
import { sha256 } from "../../../src/core/hash.js";
import { filesFolder, treeListPath } from "../../../src/data/store/layout.js";
import { writeState } from "../../../src/data/store/store.js";
import { treeList, treeRecord } from "../../../src/data/store/tree.js";

export type Colour = readonly [red: number, green: number, blue: number];

/** The bytes of a PNG file of one colour. */
export function png([red, green, blue]: Colour, height = 6, width = 4): Buffer {
  const row = Buffer.concat([
    Buffer.from([0]),
    ...Array.from({ length: width }, () => Buffer.from([red, green, blue])),
  ]);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  const rows = deflateSync(Buffer.concat(Array.from({ length: height }, () => row)));
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("IDAT", rows),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(kind: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(kind, "latin1"), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}

/** Writes files below a folder, by path. */
export function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** A stored photo dataset made of these files, by path below its extracted ones, with their list. */
export function store(
  root: string,
  id: string,
  files: Readonly<Record<string, string | Uint8Array>>,
  { partial = false } = {},
): string {
  writeFiles(filesFolder(root, id), files);
  const listed = Object.entries(files).map(([path, content]) => {
    const bytes = Buffer.from(content);
    return { path, sha256: sha256(bytes), bytes: bytes.length };
  });
  writeFileSync(treeListPath(root, id), treeList(listed));
  const tree = treeRecord(listed);
  writeState(root, { version: 1, id, partial, imported: "now", counts: {}, files: {}, tree, corrupt: [] });
  return filesFolder(root, id);
}

export const range = (count: number): number[] => Array.from({ length: count }, (_unused, i) => i);
/** A number with leading zeros. */
export const digits = (number: number, count: number): string => String(number).padStart(count, "0");

/** As in the PNG specification. */
function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}
