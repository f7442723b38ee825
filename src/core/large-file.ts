import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";

/** Bytes that are read, written or hashed at a time, at most: Node refuses 2 GiB and more. */
const AT_A_TIME = 2 ** 30;

/** A file's bytes, of which none need be held that nobody asks for. */
export interface Bytes {
  readonly length: number;
  /** @param to not included. @returns an array of its own. @throws Error where the file is shorter by now. */
  read(from: number, to: number): Uint8Array<ArrayBuffer>;
  /** All of it, piece by piece: each holds until the next is taken. */
  pieces(): Iterable<Uint8Array>;
}

/** Opens a file while something reads it: a small one is read once, whole. */
export function withBytes<Result>(path: string, use: (bytes: Bytes) => Result): Result {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    return use(size > AT_A_TIME ? inFile(file, size, path) : inMemory(readFileSync(file)));
  } finally {
    closeSync(file);
  }
}

/** Bytes that are there.
 *  @internal Exported for tests. */
export const inMemory = (held: Uint8Array): Bytes => ({
  length: held.length,
  read: (from, to) => Uint8Array.from(held.subarray(from, to)),
  pieces: () => pieces(held),
});

/** Bytes in pieces that Node takes. */
export function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += AT_A_TIME) yield bytes.subarray(from, from + AT_A_TIME);
}

/** Bytes of the file that are hashed at a time. */
const PIECE = 2 ** 22;

function inFile(file: number, length: number, path: string): Bytes {
  const fill = (array: Uint8Array, from: number): void => {
    for (let filled = 0; filled < array.length;) {
      const read = readSync(file, array, filled, Math.min(AT_A_TIME, array.length - filled), from + filled);
      if (read === 0) throw new Error(`${path} was cut while it was read`);
      filled += read;
    }
  };
  return {
    length,
    read(from, to) {
      const array = new Uint8Array(to - from);
      fill(array, from);
      return array;
    },
    *pieces() {
      const array = new Uint8Array(Math.min(PIECE, length));
      for (let from = 0; from < length; from += array.length) {
        const piece = array.subarray(0, Math.min(array.length, length - from));
        fill(piece, from);
        yield piece;
      }
    },
  };
}
