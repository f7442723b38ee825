import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { sha256 } from "../../src/core/hash.js";
import { filesFolder } from "../../src/data/store/layout.js";
import { writeState } from "../../src/data/store/store.js";

/** The bytes of an IDX file, given as they are written: big-endian element bytes. */
export function idxBytes(type: number, shape: readonly number[], data: ArrayLike<number>): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, type, shape.length]);
  shape.forEach((size, i) => header.writeUInt32BE(size, 4 + 4 * i));
  return Buffer.concat([header, Buffer.from(Array.from(data))]);
}

/** Four small files named like MNIST's: image i of a split is filled with byte i, its label is i mod 10. */
export function writeSmallMnist(folder: string, counts: { train: number; test: number }): string {
  mkdirSync(folder, { recursive: true });
  for (const [prefix, count] of [
    ["train", counts.train],
    ["t10k", counts.test],
  ] as const) {
    const pixels = Uint8Array.from({ length: count * 784 }, (_unused, i) => Math.floor(i / 784));
    const labels = Uint8Array.from({ length: count }, (_unused, i) => i % 10);
    writeFileSync(join(folder, `${prefix}-images-idx3-ubyte.gz`), gzipSync(idxBytes(8, [count, 28, 28], pixels)));
    writeFileSync(join(folder, `${prefix}-labels-idx1-ubyte.gz`), gzipSync(idxBytes(8, [count], labels)));
  }
  return folder;
}

/** The error of a call, for looking at its parts. */
export async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error("expected an error, got none");
}

/** A line of USPS as LIBSVM text. @param value the k-th of the 256 values, from 0 on. */
export function uspsLine(label: number, value: (k: number) => string): string {
  return `${label} ${Array.from({ length: 256 }, (_unused, k) => `${k + 1}:${value(k)} `).join("")}\n`;
}

/** A file of CIFAR-10's binary version. @param pixel byte of channel c at row y, column x of image n. */
export function cifarBytes(
  labels: readonly number[],
  pixel: (y: number, x: number, c: number, n: number) => number,
): Buffer {
  return Buffer.concat(
    labels.map((label, n) =>
      Uint8Array.from({ length: 3073 }, (_unused, i) =>
        i === 0 ? label : pixel(Math.floor((i - 1) / 32) % 32, (i - 1) % 32, Math.floor((i - 1) / 1024), n),
      ),
    ),
  );
}

/** Bytes without a pattern: byte i = (2654435761·i mod 2³²) >> 24. */
export function noise(count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_unused, i) => Math.imul(i, 2654435761) >>> 24);
}

interface ResizingGolden {
  readonly drawn: readonly Readonly<
    Record<"height" | "width" | "channels" | "toHeight" | "toWidth", number> & Record<"sha256", string>
  >[];
  /** Of two images of 32x32 in colour, made grey and resized to 28x28. */
  readonly drawnColourToGrey28: string;
  /** Of real images: USPS' for training, CIFAR-10's for testing made grey, STL-10's first 246. */
  readonly usps28: string;
  readonly cifar10Grey28: string;
  readonly stl10To32: string;
}

/** What Pillow makes of images, as SHA-256 of the bytes. */
export const resizingGolden = (): ResizingGolden =>
  JSON.parse(readFileSync(new URL("../golden/resizing.json", import.meta.url), "utf8")) as ResizingGolden;

/** Puts a dataset where it lies once it is imported: files by name, or by path in an unpacked archive. */
export function store(
  root: string,
  id: string,
  files: Readonly<Record<string, Uint8Array>>,
  { partial = true, unpacked = false } = {},
): void {
  const write = (folder: string, all: Readonly<Record<string, Uint8Array>>): void => {
    for (const [name, bytes] of Object.entries(all)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), bytes);
    }
  };
  const raw = unpacked ? { "archive.tar": Buffer.concat(Object.values(files)) } : files;
  if (unpacked) write(filesFolder(root, id), files);
  write(join(root, id, "raw"), raw);
  writeState(root, {
    version: 1,
    id,
    partial,
    imported: "2026-01-01T00:00:00.000Z",
    counts: {},
    files: Object.fromEntries(
      Object.entries(raw).map(([name, bytes]) => [name, { bytes: bytes.length, sha256: sha256(bytes) }]),
    ),
    corrupt: [],
  });
}
