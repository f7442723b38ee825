import { elementAt, elementOf, TYPES, type Element } from "./mat-element.js";
import { refusal } from "./refusal.js";

type MatData =
  Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array;

/** A numeric array; element (i, j, k, …) lies at `i + shape[0] * (j + shape[1] * (k + …))`. */
export interface MatArray {
  readonly shape: readonly number[];
  readonly data: MatData;
}

interface Kind {
  readonly name: string;
  readonly bytes: number;
  readonly make: (count: number) => MatData;
  readonly read: (view: DataView, at: number) => number;
}

const kind = (name: string, bytes: number, make: Kind["make"], read: Kind["read"]): Kind => ({
  name,
  bytes,
  make,
  read,
});
const I8 = kind(
  "int8",
  1,
  (n) => new Int8Array(n),
  (view, at) => view.getInt8(at),
);
const U8 = kind(
  "uint8",
  1,
  (n) => new Uint8Array(n),
  (view, at) => view.getUint8(at),
);
const I16 = kind(
  "int16",
  2,
  (n) => new Int16Array(n),
  (view, at) => view.getInt16(at, true),
);
const U16 = kind(
  "uint16",
  2,
  (n) => new Uint16Array(n),
  (view, at) => view.getUint16(at, true),
);
const I32 = kind(
  "int32",
  4,
  (n) => new Int32Array(n),
  (view, at) => view.getInt32(at, true),
);
const U32 = kind(
  "uint32",
  4,
  (n) => new Uint32Array(n),
  (view, at) => view.getUint32(at, true),
);
const F32 = kind(
  "single",
  4,
  (n) => new Float32Array(n),
  (view, at) => view.getFloat32(at, true),
);
const F64 = kind(
  "double",
  8,
  (n) => new Float64Array(n),
  (view, at) => view.getFloat64(at, true),
);

/** What a variable is, by the class code of its array flags. */
const CLASSES: Readonly<Record<number, Kind>> = { 6: F64, 7: F32, 8: I8, 9: U8, 10: I16, 11: U16, 12: I32, 13: U32 };
/** How its numbers are stored, by the type code of the data element; may be narrower than the class. */
const STORED: Readonly<Record<number, Kind>> = { 1: I8, 2: U8, 3: I16, 4: U16, 5: I32, 6: U32, 7: F32, 9: F64 };
/** Names of the classes that are refused. */
const OTHERS: Readonly<Record<number, string>> = { 1: "cell", 2: "struct", 3: "object", 4: "text", 5: "sparse" };
const COMPLEX = 0x08;
const [INT8, INT32, UINT32] = [1, 5, 6];
const MAX_DIMENSIONS = 8;
const MAX_ELEMENTS = 2 ** 31;

/** Reads a matrix element's own elements: flags, dimensions, name, numbers.
 *  @throws UserError (data) on what is no real numeric array, and when lengths disagree. */
export function readMatrix(bytes: Uint8Array, where: string): { name: string; array: MatArray } {
  const parts: Element[] = [];
  for (let at = 0; at < bytes.length && parts.length < 4; at = parts.at(-1)!.paddedEnd)
    parts.push(elementAt(bytes, at, where));
  const [flags, dimensions, named, numbers] = parts;
  if (flags?.type !== UINT32 || flags.data.length !== 8) throw refusal(where, "a matrix without flags", "array flags");
  const target = classOf(flags.data, where);
  if (dimensions?.type !== INT32 || named?.type !== INT8 || numbers === undefined)
    throw refusal(where, "an incomplete matrix", "flags, dimensions, name and numbers");
  if (numbers.paddedEnd !== bytes.length)
    throw refusal(where, `${bytes.length - numbers.paddedEnd} bytes after the numbers of a matrix`, "none");
  const name = Buffer.from(named.data).toString("latin1");
  if (!/^[A-Za-z]\w{0,62}$/.test(name)) throw refusal(where, `a variable named ${JSON.stringify(name)}`, "a name");
  const shape = shapeOf(dimensions.data, name, where);
  const count = shape.reduce((product, size) => product * size, 1);
  return { name, array: { shape, data: convert(numbers, target, count, `${where}: ${name}`) } };
}

function classOf(flags: Uint8Array, where: string): Kind {
  const code = flags[0]!;
  const found = CLASSES[code];
  const accepted = "a real numeric array";
  if (found === undefined) throw refusal(where, `a variable of class ${OTHERS[code] ?? code}`, accepted);
  if ((flags[1]! & COMPLEX) !== 0) throw refusal(where, "a complex variable", accepted);
  return found;
}

function shapeOf(data: Uint8Array, name: string, where: string): number[] {
  const view = viewOf(data);
  const shape = Array.from({ length: Math.floor(data.length / 4) }, (_unused, i) => view.getInt32(4 * i, true));
  const given = `${name} of shape ${shape.join("x")}`;
  if (data.length % 4 !== 0 || shape.length < 2 || shape.length > MAX_DIMENSIONS || shape.some((size) => size < 0))
    throw refusal(where, given, `2 to ${MAX_DIMENSIONS} dimensions`);
  if (shape.reduce((product, size) => product * size, 1) > MAX_ELEMENTS)
    throw refusal(where, given, `at most ${MAX_ELEMENTS} elements`);
  return shape;
}

function convert({ type, data }: Element, target: Kind, count: number, where: string): MatData {
  const stored = STORED[type];
  if (stored === undefined) throw refusal(where, `numbers of type ${type}`, `types ${Object.keys(STORED).join(", ")}`);
  if (data.length !== count * stored.bytes)
    throw refusal(where, `${data.length} bytes of ${stored.name}`, `${count * stored.bytes} bytes for its shape`);
  if (stored === U8 && target === U8) return new Uint8Array(data.buffer, data.byteOffset, count);
  const out = target.make(count);
  const view = viewOf(data);
  for (let i = 0; i < count; i++) {
    const value = stored.read(view, i * stored.bytes);
    out[i] = value;
    if (!Object.is(out[i], value)) throw refusal(where, `${value} at ${i}`, `numbers of class ${target.name}`);
  }
  return out;
}

const viewOf = (data: Uint8Array): DataView => new DataView(data.buffer, data.byteOffset, data.byteLength);

/** A matrix element of bytes. */
export function byteMatrix(
  name: string,
  { shape, data }: { readonly shape: readonly number[]; readonly data: Uint8Array },
): Buffer {
  const [uint8, uint8Class] = [2, 9];
  const parts = [
    elementOf(UINT32, Buffer.from(Uint32Array.of(uint8Class, 0).buffer)),
    elementOf(INT32, Buffer.from(Int32Array.from(shape).buffer)),
    elementOf(INT8, Buffer.from(name)),
    elementOf(uint8, data),
  ];
  return elementOf(TYPES.matrix, Buffer.concat(parts));
}
