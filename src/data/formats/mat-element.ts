import { refusal } from "./refusal.js";

/** Codes of elements that are not plain numbers. */
export const TYPES = { matrix: 14, compressed: 15 } as const;

/** A piece of a MAT file: a type, and its data. */
export interface Element {
  readonly type: number;
  readonly data: Uint8Array;
  /** Where the data end, and where the next multiple of eight does, in the enclosing bytes. */
  readonly end: number;
  readonly paddedEnd: number;
}

const ALIGNMENT = 8;
const SMALL_DATA = 4;

/** The element at an offset: `u32 type, u32 length, data`, or, in the small form, `u16 type, u16 length, 4 bytes`.
 *  @throws UserError (data) when it reaches beyond the bytes. */
export function elementAt(bytes: Uint8Array, at: number, where: string): Element {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (at + ALIGNMENT > bytes.length)
    throw refusal(where, `an element cut off after ${bytes.length - at} bytes`, "the whole file");
  const first = view.getUint32(at, true);
  const small = first >>> 16;
  const start = at + (small === 0 ? 8 : 4);
  const length = small === 0 ? view.getUint32(at + 4, true) : small;
  if (small > SMALL_DATA) throw refusal(where, `a small element of ${small} bytes`, `at most ${SMALL_DATA} bytes`);
  const end = start + length;
  if (end > bytes.length)
    throw refusal(where, `an element of ${length} bytes with ${bytes.length - start} left`, "the whole file");
  return {
    type: first & 0xffff,
    data: bytes.subarray(start, end),
    end,
    paddedEnd: small === 0 ? Math.min(start + Math.ceil(length / ALIGNMENT) * ALIGNMENT, bytes.length) : at + 8,
  };
}

/** An element's bytes, padded to a multiple of eight. */
export function elementOf(type: number, data: Uint8Array): Buffer {
  const out = Buffer.alloc(ALIGNMENT * (1 + Math.ceil(data.length / ALIGNMENT)));
  out.writeUInt32LE(type, 0);
  out.writeUInt32LE(data.length, 4);
  out.set(data, ALIGNMENT);
  return out;
}
