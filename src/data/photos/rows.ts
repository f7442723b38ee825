import { createHash } from "node:crypto";
import { closeSync, constants, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { open } from "node:fs/promises";

/** A row is told by 16 bytes; its record in the index is these and 16 bytes of checksum. */
const HALF_RECORD = 16;
const RECORD = 2 * HALF_RECORD;

/** A file of decoded images, all of one length, that only ever grows, and an index beside it. Record i of the index says
 *  what image i is and its checksum; it is written after the image, so that what was cut short does not count. */
export interface RowFile {
  readonly images: string;
  readonly index: string;
  /** Bytes of an image. */
  readonly size: number;
}

/** What tells an image from others, in hex. */
export const rowKey = (what: string): string => digest(what).toString("hex");

/** Where the last image of every key lies, and its checksum; empty when there is no index yet. */
function readIndex({
  index,
}: Pick<RowFile, "index">): Map<string, { readonly place: number; readonly checksum: string }> {
  const records = new Map<string, { place: number; checksum: string }>();
  const bytes = indexBytes(index);
  for (let place = 0; (place + 1) * RECORD <= bytes.length; place++) {
    const hex = bytes.toString("hex", place * RECORD, (place + 1) * RECORD);
    records.set(hex.slice(0, RECORD), { place, checksum: hex.slice(RECORD) });
  }
  return records;
}

/** The keys of the images that there are by the index; none of them is read. */
export const indexedKeys = (file: Pick<RowFile, "index">): ReadonlySet<string> => new Set(readIndex(file).keys());

/** Where images lie that are whole and unchanged, by key: every one is read and checked.
 *  @param keys of the wanted images. @param known places that need no check any more. */
export async function findRows(
  file: RowFile,
  keys: readonly string[],
  known: ReadonlySet<number>,
): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  const records = readIndex(file);
  const wanted = keys.flatMap((key) => {
    const record = records.get(key);
    return record === undefined ? [] : [{ key, ...record }];
  });
  if (wanted.length === 0) return found;
  const images = await open(file.images, "r").catch(() => undefined);
  if (images === undefined) return found;
  const row = Buffer.alloc(file.size);
  try {
    for (const { key, place, checksum } of wanted) {
      if (!known.has(place)) {
        const { bytesRead } = await images.read(row, 0, file.size, place * file.size);
        if (bytesRead !== file.size || checksumOf(key, row) !== checksum) continue;
      }
      found.set(key, place);
    }
  } finally {
    await images.close();
  }
  return found;
}

/** Appends images; only the holder of the file's lock may. @returns the place of the first.
 *  @throws what the file system says; then the images do not count. */
export function appendRows(
  file: RowFile,
  rows: readonly { readonly key: string; readonly pixels: Uint8Array }[],
): number {
  const place = Math.floor(indexBytes(file.index).length / RECORD);
  writeAt(file.images, place * file.size, Buffer.concat(rows.map(({ pixels }) => pixels)));
  const records = rows.map(({ key, pixels }) => Buffer.from(key + checksumOf(key, pixels), "hex"));
  writeAt(file.index, place * RECORD, Buffer.concat(records), true);
  return place;
}

function indexBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}

/** Writes bytes at a place of a file, made when it is not there. @param cut whether anything that lies there is cut off. */
function writeAt(path: string, position: number, bytes: Buffer, cut = false): void {
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT);
  try {
    if (cut) ftruncateSync(file, position);
    for (let offset = 0; offset < bytes.length;)
      offset += writeSync(file, bytes, offset, bytes.length - offset, position + offset);
  } finally {
    closeSync(file);
  }
}

const digest = (...parts: (string | Uint8Array)[]): Buffer => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest().subarray(0, HALF_RECORD);
};

const checksumOf = (key: string, pixels: Uint8Array): string => digest(key, pixels).toString("hex");
