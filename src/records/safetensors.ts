import { basename, dirname } from "node:path";
import { z } from "zod";
import { EXIT, UserError } from "../core/errors.js";
import { writeAtomicParts, type Guard } from "../core/files.js";
import { withBytes, type Bytes } from "../core/large-file.js";
import { reading } from "../core/system-error.js";
import { checkSum, writeSums } from "./checksums.js";

export type TensorArray = Float32Array | Float64Array | Int32Array;

/** A tensor in a file: its numbers in row-major order. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly values: TensorArray;
}

export interface Safetensors {
  readonly tensors: Readonly<Record<string, StoredTensor>>;
  readonly metadata: Readonly<Record<string, string>>;
}

const ARRAYS = { F64: Float64Array, F32: Float32Array, I32: Int32Array } as const;
type Dtype = keyof typeof ARRAYS;
const DTYPES = Object.keys(ARRAYS) as Dtype[];

/** Types that are read but never written: bytes of one number, and what the numbers become. */
const CONVERTED: Readonly<Record<string, { readonly width: number; read(bytes: Uint8Array): TensorArray }>> = {
  /** Exact up to 2^53. */
  I64: { width: 8, read: (bytes) => Float64Array.from(new BigInt64Array(bytes.buffer), Number) },
  U64: { width: 8, read: (bytes) => Float64Array.from(new BigUint64Array(bytes.buffer), Number) },
  U32: { width: 4, read: (bytes) => Float64Array.from(new Uint32Array(bytes.buffer)) },
  I16: { width: 2, read: (bytes) => Int32Array.from(new Int16Array(bytes.buffer)) },
  U16: { width: 2, read: (bytes) => Int32Array.from(new Uint16Array(bytes.buffer)) },
  I8: { width: 1, read: (bytes) => Int32Array.from(new Int8Array(bytes.buffer)) },
  U8: { width: 1, read: (bytes) => Int32Array.from(bytes) },
  BOOL: { width: 1, read: (bytes) => Int32Array.from(bytes, (byte) => (byte === 0 ? 0 : 1)) },
  F16: { width: 2, read: (bytes) => Float32Array.from(new Uint16Array(bytes.buffer), halfPrecision) },
  /** The upper half of a float32. */
  BF16: {
    width: 2,
    read: (bytes) => new Float32Array(Uint32Array.from(new Uint16Array(bytes.buffer), (bits) => bits << 16).buffer),
  },
  /** The upper half of a float16. */
  F8_E5M2: { width: 1, read: (bytes) => Float32Array.from(bytes, (bits) => halfPrecision(bits << 8)) },
  F8_E4M3: { width: 1, read: (bytes) => Float32Array.from(bytes, quarterPrecision) },
  /** Powers of two alone. */
  F8_E8M0: { width: 1, read: (bytes) => Float32Array.from(bytes, (bits) => (bits === 0xff ? NaN : 2 ** (bits - 127))) },
};
const READABLE = [...DTYPES, ...Object.keys(CONVERTED)];
/** Types of the format that no weights of ours can be made of. */
const KNOWN_ONLY = ["C64", "F4", "F6_E2M3", "F6_E3M2"];

/** Header length at most, as the format's own reader has it. */
const MAX_HEADER = 100_000_000;
const LENGTH_BYTES = 8;
/** The data begin on a multiple of this, so that readers may map them as numbers. */
const ALIGNMENT = 8;

const extent = z.int().nonnegative();
/** Further members of an entry say nothing of its numbers. */
const headerEntry = z.object({
  dtype: z.string(),
  shape: z.array(extent),
  data_offsets: z.tuple([extent, extent]),
});
const metadataSchema = z.record(z.string(), z.string());

/** Tensors in the safetensors format, part by part, without a copy of their numbers: 8 bytes header length (little-endian),
 *  JSON header, data without gaps.
 *  Sorted by type, the widest first, then by name, as the format's own writer does: equal contents have equal bytes.
 *  Source: huggingface/safetensors, README "Format". */
export function safetensorsParts({ tensors, metadata }: Safetensors): Uint8Array[] {
  const entries = Object.entries(tensors)
    .map(([name, tensor]) => ({ name, ...tensor, dtype: dtypeOf(tensor.values) }))
    .sort((a, b) => DTYPES.indexOf(a.dtype) - DTYPES.indexOf(b.dtype) || (a.name < b.name ? -1 : 1));
  const header: [string, unknown][] = Object.keys(metadata).length > 0 ? [["__metadata__", metadata]] : [];
  let end = 0;
  for (const { name, shape, values, dtype } of entries) {
    if (name === "__metadata__" || elements(shape) !== values.length)
      throw new Error(
        `safetensors: tensor ${name} of shape [${shape.join(", ")}] cannot hold ${values.length} numbers`,
      );
    header.push([name, { dtype, shape, data_offsets: [end, end + values.byteLength] }]);
    end += values.byteLength;
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  const headerLength = Math.ceil((LENGTH_BYTES + json.length) / ALIGNMENT) * ALIGNMENT - LENGTH_BYTES;
  const first = Buffer.alloc(LENGTH_BYTES + headerLength, " ");
  first.writeBigUInt64LE(BigInt(headerLength), 0);
  json.copy(first, LENGTH_BYTES);
  return [first, ...entries.map(({ values }) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength))];
}

/** Decodes a safetensors file. Nothing in it is trusted: lengths, types, shapes and offsets must agree, and the tensors
 *  must fill the data without gap or overlap. Other types become
 *  one of ours: halves and quarters float32, 64-bit integers float64, smaller ones and truths int32.
 *  @param where the file, for messages. @throws UserError (data). */
export function decodeSafetensors(bytes: Bytes, where: string): Safetensors {
  const { tensors, metadata } = decodeTyped(bytes, where);
  const plain = Object.entries(tensors).map(([name, { shape, values }]): [string, StoredTensor] => [
    name,
    { shape, values },
  ]);
  return { tensors: Object.fromEntries(plain), metadata };
}

/** A tensor with the type that it has in its file. */
export interface TypedTensor extends StoredTensor {
  readonly dtype: string;
}

/** The same with the types that the file has. */
export function decodeTyped(
  bytes: Bytes,
  where: string,
): { readonly tensors: Readonly<Record<string, TypedTensor>>; readonly metadata: Safetensors["metadata"] } {
  const fault = (given: string, accepted: string): UserError =>
    new UserError(EXIT.data, {
      where,
      given,
      accepted,
      hint: "the file is damaged, or not a safetensors file: make it again",
    });
  if (bytes.length < LENGTH_BYTES) throw fault(`${bytes.length} bytes`, "a header length of 8 bytes, a header, data");
  const stated = new DataView(bytes.read(0, LENGTH_BYTES).buffer).getBigUint64(0, true);
  const room = Math.min(MAX_HEADER, bytes.length - LENGTH_BYTES);
  if (stated > BigInt(room))
    throw fault(`header length ${stated}`, `at most ${room} in a file of ${bytes.length} bytes`);
  const start = LENGTH_BYTES + Number(stated);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.read(LENGTH_BYTES, start)));
  } catch (error) {
    throw fault(`header: ${(error as Error).message}`, "JSON in UTF-8");
  }
  const size = bytes.length - start;
  const checked = z.record(z.string(), z.unknown()).safeParse(header);
  if (!checked.success) throw fault("header: not an object", "an object of tensors by name");
  const { __metadata__: rawMetadata, ...rest } = checked.data;
  const metadata = metadataSchema.safeParse(rawMetadata ?? {});
  if (!metadata.success) throw fault("header: __metadata__", "an object of strings");
  const entries = Object.entries(rest).map(([name, raw]) => {
    const entry = headerEntry.safeParse(raw);
    if (!entry.success) throw fault(`tensor ${name}: bad header entry`, "dtype, shape and data_offsets");
    const { dtype, shape, data_offsets } = entry.data;
    if (KNOWN_ONLY.includes(dtype)) throw unread(where, name, dtype);
    if (!READABLE.includes(dtype)) throw fault(`tensor ${name}: dtype ${dtype}`, READABLE.join(", "));
    return { name, dtype, shape, begin: data_offsets[0], end: data_offsets[1] };
  });
  let filled = 0;
  for (const { name, dtype, shape, begin, end } of entries.sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    const width = elements(shape) * (isDtype(dtype) ? ARRAYS[dtype].BYTES_PER_ELEMENT : CONVERTED[dtype]!.width);
    if (begin !== filled || end > size)
      throw fault(`tensor ${name}: bytes ${begin} to ${end}`, `bytes from ${filled} to at most ${size}`);
    if (end - begin !== width)
      throw fault(`tensor ${name}: ${end - begin} bytes`, `${width} for ${dtype} [${shape.join(", ")}]`);
    filled = end;
  }
  if (filled !== size) throw fault(`${size} bytes of data`, `${filled}, the sum of all tensors`);
  const tensors = entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, dtype, shape, begin, end }): [string, TypedTensor] => {
      const held = bytes.read(start + begin, start + end);
      const values = isDtype(dtype) ? new ARRAYS[dtype](held.buffer) : CONVERTED[dtype]!.read(held);
      return [name, { shape, values, dtype }];
    });
  return { tensors: Object.fromEntries(tensors), metadata: metadata.data };
}

/** Writes a safetensors file atomically, and its checksum beside it. */
export function writeSafetensors(path: string, contents: Safetensors, guard?: Guard): void {
  const parts = safetensorsParts(contents);
  writeSums(dirname(path), { [basename(path)]: parts }, guard);
  writeAtomicParts(path, parts, guard);
}

/** Reads a safetensors file. @throws UserError (data) when it is missing, damaged or not what was written. */
export function readSafetensors(path: string): Safetensors {
  return reading({ where: path, accepted: "a safetensors file", exitCode: EXIT.data }, () =>
    withBytes(path, (bytes) => {
      const contents = decodeSafetensors(bytes, path);
      checkSum(path, bytes.pieces(), "delete its folder and the run's, then metamd run makes it again");
      return contents;
    }),
  );
}

/** The same with the types that the file has. @throws UserError (data), as `readSafetensors`. */
export function readTyped(path: string): ReturnType<typeof decodeTyped> {
  return reading({ where: path, accepted: "a safetensors file", exitCode: EXIT.data }, () =>
    withBytes(path, (bytes) => decodeTyped(bytes, path)),
  );
}

function dtypeOf(values: TensorArray): Dtype {
  return DTYPES.find((dtype) => values instanceof ARRAYS[dtype])!;
}

const unread = (where: string, name: string, dtype: string): UserError =>
  new UserError(EXIT.data, {
    where,
    given: `tensor ${name}: dtype ${dtype}, which is not read`,
    accepted: READABLE.join(", "),
    hint: "convert it to F32, or leave it out of the file",
  });

/** The number of 8 bits E4M3: sign, 4 bits exponent, 3 bits fraction; no infinities, NaN where all bits are set.
 *  Source: Micikevicius et al., FP8 formats for deep learning. arXiv 2209.05433, table 1. */
function quarterPrecision(bits: number): number {
  const sign = bits & 0x80 ? -1 : 1;
  const exponent = (bits >> 3) & 0xf;
  const fraction = bits & 7;
  if (exponent === 0xf && fraction === 7) return NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -9 : (8 + fraction) * 2 ** (exponent - 10));
}

/** The number of an IEEE 754 half: sign, 5 bits exponent, 10 bits fraction. */
function halfPrecision(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

const isDtype = (name: string): name is Dtype => Object.hasOwn(ARRAYS, name);

const elements = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);
