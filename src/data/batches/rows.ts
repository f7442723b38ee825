import { closeSync, openSync, readSync } from "node:fs";
import type { Split } from "../dataset.js";
import { bytesOf } from "../images/shape.js";

/** Reads images of a split one by one, from memory or from disk. */
export interface RowReader {
  /** The bytes of an image, row-major; valid until the next call. */
  read(index: number): Uint8Array;
  close(): void;
}

/** Opens a split's images. @throws Error from `read` when the file is shorter than it was. */
export function rowReader({ images, shape }: Pick<Split, "images" | "shape">): RowReader {
  const size = bytesOf(shape);
  if (images instanceof Uint8Array)
    return { read: (index) => images.subarray(index * size, (index + 1) * size), close: () => undefined };
  const file = openSync(images.path, "r");
  const row = new Uint8Array(size);
  return {
    read(index) {
      const place = images.places[index]!;
      if (readSync(file, row, 0, size, place * size) !== size)
        throw new Error(`${images.path}: image ${place} is not whole; delete the file, it will be made again`);
      return row;
    },
    close: () => closeSync(file),
  };
}
