import { deflateSync } from "node:zlib";

// MAT files made byte by byte, as MathWorks' "MAT-File Format", level 5, says.

/** A header of 128 bytes. */
export function matHeader({ text = "MATLAB 5.0 MAT-file", version = 0x0100, endian = "IM" } = {}): Buffer {
  const header = Buffer.alloc(128, " ");
  header.write(text, "latin1");
  header.writeUInt16LE(version, 124);
  header.write(endian, 126, "latin1");
  return header;
}

/** An element; padded to eight bytes, or in the small form. */
export function matElement(type: number, data: Uint8Array, form: "padded" | "small" | "bare" = "padded"): Buffer {
  if (form === "small") {
    const out = Buffer.alloc(8);
    out.writeUInt16LE(type, 0);
    out.writeUInt16LE(data.length, 2);
    out.set(data, 4);
    return out;
  }
  const tag = Buffer.alloc(8);
  tag.writeUInt32LE(type, 0);
  tag.writeUInt32LE(data.length, 4);
  return Buffer.concat([tag, data, Buffer.alloc(form === "padded" ? (8 - (data.length % 8)) % 8 : 0)]);
}

export function int32s(values: readonly number[]): Buffer {
  const out = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => out.writeInt32LE(value, 4 * i));
  return out;
}

export interface MatVariable {
  readonly name: string;
  /** Code of the array's class; default 9, uint8. */
  readonly kind?: number;
  readonly flags?: number;
  readonly shape: readonly number[];
  /** The element of the numbers. */
  readonly numbers: Buffer;
  /** How the name is written; default padded. */
  readonly nameForm?: "padded" | "small";
}

/** A matrix element. */
export function matMatrix({ name, kind = 9, flags = 0, shape, numbers, nameForm = "padded" }: MatVariable): Buffer {
  return matElement(
    14,
    Buffer.concat([
      matElement(6, Buffer.from([kind, flags, 0, 0, 0, 0, 0, 0])),
      matElement(5, int32s(shape)),
      matElement(1, Buffer.from(name, "latin1"), nameForm),
      numbers,
    ]),
  );
}

export const compressed = (matrix: Uint8Array): Buffer => matElement(15, deflateSync(matrix), "bare");

export const matFile = (...elements: readonly Uint8Array[]): Buffer => Buffer.concat([matHeader(), ...elements]);

export const bytesElement = (bytes: ArrayLike<number>): Buffer => matElement(2, Buffer.from(Array.from(bytes)));

/** A file like SVHN's: byte h of column w, channel c, image n is `pixel(h, w, c, n)`. */
export function svhnFile(
  labels: readonly number[],
  pixel: (h: number, w: number, c: number, n: number) => number,
): Buffer {
  const pixels = new Uint8Array(3072 * labels.length);
  for (let i = 0; i < pixels.length; i++)
    pixels[i] = pixel(i % 32, Math.floor(i / 32) % 32, Math.floor(i / 1024) % 3, Math.floor(i / 3072));
  return matFile(
    compressed(matMatrix({ name: "X", shape: [32, 32, 3, labels.length], numbers: matElement(2, pixels) })),
    compressed(matMatrix({ name: "y", shape: [labels.length, 1], numbers: bytesElement(labels) })),
  );
}
