import { gunzipSync } from "node:zlib";
import { refusal } from "./refusal.js";

/** An array read from an IDX file, last index fastest. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;
}

const MAX_DIMENSIONS = 4;
const MAX_ELEMENTS = 2 ** 31;

/** How the elements of each type code are read from big-endian bytes. */
const TYPES: Readonly<Record<number, { bytes: number; read: (data: Uint8Array, count: number) => IdxArray["data"] }>> =
  {
    0x08: { bytes: 1, read: (data) => data },
    0x09: { bytes: 1, read: (data, count) => new Int8Array(data.buffer, data.byteOffset, count) },
    0x0b: { bytes: 2, read: (data, count) => fill(new Int16Array(count), data, "getInt16") },
    0x0c: { bytes: 4, read: (data, count) => fill(new Int32Array(count), data, "getInt32") },
    0x0d: { bytes: 4, read: (data, count) => fill(new Float32Array(count), data, "getFloat32") },
    0x0e: { bytes: 8, read: (data, count) => fill(new Float64Array(count), data, "getFloat64") },
  };

/** Reads an IDX file, gzipped or not.
 *  @param bytes the file as it lies on disk.
 *  @param where its path, for messages.
 *  @param maxBytes bound on the inflated size.
 *  @throws UserError (data) unless header, dimensions (1 to 4, product ≤ 2³¹) and length agree exactly. */
export function readIdx(bytes: Uint8Array, where: string, maxBytes = Infinity): IdxArray {
  const content = bytes[0] === 0x1f && bytes[1] === 0x8b ? inflate(bytes, where, maxBytes) : bytes;
  return parseIdx(content, where);
}

function inflate(bytes: Uint8Array, where: string, maxBytes: number): Uint8Array {
  try {
    return gunzipSync(bytes, Number.isFinite(maxBytes) ? { maxOutputLength: maxBytes } : {});
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw code === "ERR_BUFFER_TOO_LARGE"
      ? refusal(where, `inflates to more than ${maxBytes} bytes`, `at most ${maxBytes} bytes`)
      : refusal(where, `broken gzip stream (${message})`, "a whole gzip file");
  }
}

function parseIdx(bytes: Uint8Array, where: string): IdxArray {
  const magic = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const type = TYPES[bytes[2] ?? -1];
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0 || type === undefined)
    throw refusal(
      where,
      `starts with ${magic || "nothing"}`,
      "IDX: 0000, type 08 09 0b 0c 0d or 0e, dimensions 01 to 04",
    );
  const dimensions = bytes[3]!;
  if (dimensions < 1 || dimensions > MAX_DIMENSIONS)
    throw refusal(where, `${dimensions} dimensions`, `1 to ${MAX_DIMENSIONS} dimensions`);
  const header = 4 + 4 * dimensions;
  if (bytes.length < header) throw refusal(where, `${bytes.length} bytes`, `a header of ${header} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: dimensions }, (_unused, i) => view.getUint32(4 + 4 * i));
  const count = shape.reduce((product, size) => product * size, 1);
  if (count > MAX_ELEMENTS) throw refusal(where, `shape ${shape.join("x")}`, `at most ${MAX_ELEMENTS} elements`);
  const length = header + count * type.bytes;
  if (bytes.length !== length) {
    const slip = bytes.length < length ? "truncated" : `${bytes.length - length} trailing bytes`;
    throw refusal(where, `${bytes.length} bytes (${slip})`, `${length} bytes for shape ${shape.join("x")}`);
  }
  return { shape, data: type.read(bytes.subarray(header), count) };
}

type Getter = "getInt16" | "getInt32" | "getFloat32" | "getFloat64";

function fill<Out extends Exclude<IdxArray["data"], Uint8Array | Int8Array>>(
  out: Out,
  data: Uint8Array,
  get: Getter,
): Out {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  for (let i = 0; i < out.length; i++) out[i] = view[get](i * out.BYTES_PER_ELEMENT);
  return out;
}

/** An IDX file of bytes, as `readIdx` reads it. */
export function idxOfBytes(shape: readonly number[], data: Uint8Array): Uint8Array {
  const header = new DataView(new ArrayBuffer(4 + 4 * shape.length));
  header.setUint32(0, 0x0800 + shape.length);
  shape.forEach((size, i) => header.setUint32(4 + 4 * i, size));
  return Buffer.concat([new Uint8Array(header.buffer), data]);
}
