import { isUtf8 } from "node:buffer";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { EXIT, UserError } from "./errors.js";

/** What Node makes of bytes that are not UTF-8: as a path it leads elsewhere. */
const MISREAD = "\ufffd";
const LINUX = "/proc/self";

/** The bytes of a name in a folder that Node has misread, as \xe9; undefined where it has read it right. */
export const misreadName = (folder: string, name: string): string | undefined =>
  misread(name, () => readdirSync(folder, { encoding: "buffer" }));

/** Looks at all that may name a file on a command line. Systems other than Linux let no such name be.
 *  @throws UserError (usage) for an argument, or the working folder, that is not UTF-8. */
export function refuseMisread(args: readonly string[]): void {
  for (const argument of args) {
    const written = misread(argument, () => parts(`${LINUX}/cmdline`));
    if (written !== undefined)
      throw refusal(written, "an argument that is not UTF-8", "write it in UTF-8, or rename what it names");
  }
  const folder = workingFolder();
  const written = misread(folder, () => [readlinkSync(`${LINUX}/cwd`, { encoding: "buffer" })]);
  if (written !== undefined)
    throw refusal(written, "a working folder whose name is not UTF-8", "rename it, or start in another one");
}

/** @throws UserError (usage) where a variable of the environment is not UTF-8. */
export function refuseMisreadVariable(name: string): void {
  const written = misread(`${name}=${process.env[name] ?? ""}`, () => parts(`${LINUX}/environ`));
  if (written !== undefined)
    throw refusal(written, "a variable that is not UTF-8", `rename the folder, or set ${name} to another one`);
}

/** @param all the bytes of everything that the text may be of. */
function misread(text: string, all: () => readonly Buffer[]): string | undefined {
  if (!text.includes(MISREAD)) return undefined;
  const bytes = quietly(all).find((one) => !isUtf8(one) && one.toString() === text);
  return bytes && escaped(bytes);
}

function quietly(all: () => readonly Buffer[]): readonly Buffer[] {
  try {
    return all();
  } catch {
    return [];
  }
}

/** The bytes of a file between its zeros. */
const parts = (file: string): Buffer[] =>
  readFileSync(file, "latin1")
    .split("\0")
    .map((part) => Buffer.from(part, "latin1"));

/** Nothing where it is gone, which is told where something is read or written. */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch {
    return "";
  }
}

const escaped = (bytes: Buffer): string =>
  [...bytes].map((byte) => (byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`)).join("");

const refusal = (where: string, given: string, hint: string): UserError =>
  new UserError(EXIT.usage, { where, given, accepted: "names in UTF-8", hint });
