import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { isUtf8 } from "node:buffer";
import { EXIT, UserError, type Fault } from "./errors.js";
import { reading, type About } from "./system-error.js";

/** Bytes of a text at most: what is longer is another file, or a device that never ends. */
const MAX_BYTES = 16 * 2 ** 20;

/** What came out of pipes, by path: they give it once. */
const drained = new Map<string, Buffer>();

/** Reads a text that somebody wrote, from a file or a pipe.
 *  @param about what to say where it cannot be read. @throws UserError: no right, a folder, no UTF-8, too long. */
export function readText(path: string, about: About & { readonly where: string; readonly accepted: string }): string {
  const bytes = reading(about, () => readBytes(path));
  const fault = bytes === undefined ? TOO_LONG : encodingFault(bytes, about.where);
  if (fault !== undefined) throw new UserError(about.exitCode ?? EXIT.usage, { where: about.where, ...fault });
  return new TextDecoder().decode(bytes);
}

type Told = Omit<Fault, "where">;
const TOO_LONG: Told = {
  given: `more than ${MAX_BYTES} bytes`,
  accepted: "a text file",
  hint: "name another file",
};

/** @returns undefined where it is too long. */
function readBytes(path: string): Buffer | undefined {
  const stat = statSync(path);
  if (stat.isFile() || stat.isDirectory()) return stat.size > MAX_BYTES ? undefined : readFileSync(path);
  const known = drained.get(path);
  if (known !== undefined) return known;
  const bytes = drain(path);
  if (bytes !== undefined) drained.set(path, bytes);
  return bytes;
}

/** All that a pipe or a device gives. */
function drain(path: string): Buffer | undefined {
  const chunks: Buffer[] = [];
  const file = openSync(path, "r");
  try {
    for (let total = 0; total <= MAX_BYTES;) {
      const chunk = Buffer.alloc(65_536);
      const count = readSync(file, chunk);
      if (count === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, count));
      total += count;
    }
    return undefined;
  } finally {
    closeSync(file);
  }
}

const MARKS: readonly (readonly [encoding: string, mark: readonly number[]])[] = [
  ["UTF-32", [0xff, 0xfe, 0, 0]],
  ["UTF-32", [0, 0, 0xfe, 0xff]],
  ["UTF-16", [0xff, 0xfe]],
  ["UTF-16", [0xfe, 0xff]],
];

/** What is wrong with a text's encoding, with the command that fixes it. */
function encodingFault(bytes: Buffer, where: string): Told | undefined {
  const marked = MARKS.find(([, mark]) => mark.every((byte, i) => bytes[i] === byte))?.[0] ?? withoutMark(bytes);
  if (marked !== undefined) return other(`a text in ${marked}`, marked, where);
  if (bytes.includes(0))
    return { given: "binary data, not text", accepted: "a text in UTF-8", hint: "name another file" };
  if (isUtf8(bytes)) return undefined;
  const lines = bytes.toString("latin1").split("\n");
  const line = lines.findIndex((text) => !isUtf8(Buffer.from(text, "latin1")));
  const byte = Buffer.from(lines[line]!, "latin1").find((one) => one > 0x7f)!;
  const given = `line ${line + 1} is not UTF-8 (byte ${byte.toString(16)}): Latin-1 or Windows-1252?`;
  return other(given, "WINDOWS-1252", where);
}

const other = (given: string, encoding: string, where: string): Told => ({
  given,
  accepted: "a text in UTF-8",
  hint: `save it as UTF-8, for example with iconv -f ${encoding} -t UTF-8 ${where}`,
});

/** The encoding of a text without a mark whose every second byte, or three of four, are zero. */
function withoutMark(bytes: Buffer): string | undefined {
  const beginning = bytes.subarray(0, 64);
  if (beginning.length < 4) return undefined;
  const zeros = [0, 1, 2, 3].map((place) => beginning.every((byte, i) => i % 4 !== place || byte === 0));
  const count = zeros.filter(Boolean).length;
  return count === 3 ? "UTF-32" : count === 2 && zeros[0] === zeros[2] ? "UTF-16" : undefined;
}
