import { constants, inflateSync, type Inflate } from "node:zlib";
import { elementAt, TYPES, type Element } from "./mat-element.js";
import { byteMatrix, readMatrix, type MatArray } from "./mat-matrix.js";
import { refusal } from "./refusal.js";

export type { MatArray } from "./mat-matrix.js";

const HEADER = 128;
const VERSION_AT = 124;
const VERSION = 0x0100;
const LITTLE_ENDIAN = "IM";
const BIG_ENDIAN = "MI";
const HDF5 = "\x89HDF";
const ACCEPTED = "MAT version 5, little-endian";
/** How much of a compressed element is inflated to learn its length; zlib makes at most a thousandfold of it. */
const PEEK = 1024;
/** The smallest buffer that zlib takes. */
const MIN_CHUNK = 64;
/** Bytes of an element's tag. */
const TAG = 8;

/** Reads all variables of a MAT file, version 5, little-endian: numeric arrays only.
 *  @param bytes the file as it lies on disk.
 *  @param where its path, for messages.
 *  @param maxBytes bound on what the compressed variables inflate to, all together.
 *  @returns arrays by variable name, first index fastest; uncompressed bytes are views of the given ones.
 *  @throws UserError (data) on other versions, complex, sparse, cell, struct and text variables, and whenever lengths
 *  or types disagree.
 *  Source: MathWorks "MAT-File Format", level 5; checked against files written by scipy 1.17. */
export function readMat(
  bytes: Uint8Array,
  where: string,
  { maxBytes = Infinity }: { readonly maxBytes?: number } = {},
): Record<string, MatArray> {
  checkHeader(bytes, where);
  const variables: Record<string, MatArray> = {};
  let left = maxBytes;
  for (let at = HEADER; at < bytes.length;) {
    let element = elementAt(bytes, at, where);
    // A compressed element is not padded, a matrix is.
    at = element.type === TYPES.compressed ? element.end : element.paddedEnd;
    if (element.type === TYPES.compressed) {
      element = inflate(element.data, where, left);
      left -= element.end;
    }
    if (element.type !== TYPES.matrix)
      throw refusal(where, `a variable of element type ${element.type}`, `type ${TYPES.matrix}, a matrix`);
    const { name, array } = readMatrix(element.data, where);
    if (Object.hasOwn(variables, name)) throw refusal(where, `the variable ${name} twice`, "every variable once");
    variables[name] = array;
  }
  return variables;
}

function checkHeader(bytes: Uint8Array, where: string): void {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, HEADER)).toString("latin1");
  const endian = text.slice(VERSION_AT + 2);
  if (text.startsWith(HDF5) || text.startsWith("MATLAB 7.3")) throw refusal(where, "MAT version 7.3 (HDF5)", ACCEPTED);
  if (bytes.length < HEADER) throw refusal(where, `${bytes.length} bytes`, `a header of ${HEADER} bytes`);
  if (endian === BIG_ENDIAN) throw refusal(where, "big-endian numbers", ACCEPTED);
  if (endian !== LITTLE_ENDIAN) throw refusal(where, "not a MAT file", ACCEPTED);
  const version = text.charCodeAt(VERSION_AT) + 256 * text.charCodeAt(VERSION_AT + 1);
  if (version !== VERSION) throw refusal(where, `version 0x${version.toString(16).padStart(4, "0")}`, ACCEPTED);
}

/** Inflates a zlib stream into one buffer of the length that its first bytes, an element's tag, promise. */
function inflate(stream: Uint8Array, where: string, left: number): Element {
  const start = attempt(where, () => inflateSync(stream.subarray(0, PEEK), { finishFlush: constants.Z_SYNC_FLUSH }));
  if (start.length < TAG)
    throw refusal(where, `a compressed variable of ${start.length} bytes`, `${TAG} bytes at least`);
  const length = TAG + start.readUInt32LE(4);
  if (length > left) throw refusal(where, `a variable of ${length} bytes`, `at most ${left} bytes`);
  const { buffer, engine } = attempt(
    where,
    () =>
      inflateSync(stream, {
        chunkSize: Math.max(length + 1, MIN_CHUNK),
        maxOutputLength: length + 1,
        info: true,
      }) as unknown as {
        buffer: Buffer;
        engine: Inflate;
      },
  );
  if (engine.bytesWritten !== stream.length)
    throw refusal(where, `${stream.length - engine.bytesWritten} bytes after a zlib stream`, "none");
  const element = elementAt(buffer, 0, where);
  if (element.end !== buffer.length)
    throw refusal(where, `${buffer.length - element.end} bytes after a compressed variable`, "none");
  return element;
}

function attempt<T>(where: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw code === "ERR_BUFFER_TOO_LARGE"
      ? refusal(where, "a compressed variable longer than it says", "the length in its tag")
      : refusal(where, `broken zlib stream (${message})`, "a whole MAT file");
  }
}

/** A MAT file of arrays of bytes, uncompressed, as `readMat` reads it. */
export function matOfBytes(
  variables: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: Uint8Array }>>,
): Uint8Array {
  const header = Buffer.alloc(HEADER, " ");
  header.write("MATLAB 5.0 MAT-file");
  header.fill(0, VERSION_AT - 8, VERSION_AT);
  header.writeUInt16LE(VERSION, VERSION_AT);
  header.write(LITTLE_ENDIAN, VERSION_AT + 2);
  return Buffer.concat([header, ...Object.entries(variables).map(([name, array]) => byteMatrix(name, array))]);
}
