import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { EXIT, UserError } from "../core/errors.js";
import { writeAtomic, type Guard } from "../core/files.js";
import { sha256 } from "../core/hash.js";

/** The checksums of a folder's files, as `sha256sum -c` reads them. Folders of earlier programs have none. */
const SUMS_FILE = "SHA256SUMS";

/** Adds checksums of files to those of their folder, before what makes them count is written.
 *  @param contents by the files' names. */
export function writeSums(
  folder: string,
  contents: Readonly<Record<string, string | Uint8Array | readonly Uint8Array[]>>,
  guard?: Guard,
): void {
  const sums = readSums(folder) ?? new Map<string, string>();
  for (const [name, held] of Object.entries(contents)) sums.set(name, sha256(held));
  const lines = [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, sum]) => `${sum}  ${name}\n`);
  writeAtomic(join(folder, SUMS_FILE), lines.join(""), guard);
}

/** A folder of a run, an analysis or something learned; in others lists of the user's own may lie. */
const isOwn = (folder: string): boolean => /^[0-9a-f]{16}$/.test(basename(folder));

/** Compares a file with its checksum, if it has one: what an earlier program wrote has none.
 *  @param bytes of the file, whole or piece by piece. @param hint what to do when it is another.
 *  @throws UserError (data) that names the file. */
export function checkSum(path: string, bytes: Uint8Array | Iterable<Uint8Array>, hint: string): void {
  const folder = dirname(path);
  const sums = readSums(folder);
  const accepted = sums?.get(basename(path));
  if (accepted === undefined) {
    if (sums === undefined || !isOwn(folder)) return;
    throw new UserError(EXIT.data, {
      where: join(folder, SUMS_FILE),
      given: `no checksum of ${basename(path)}: changed, cut or another file`,
      accepted: "a line for every file",
      hint,
    });
  }
  const given = sha256(bytes);
  if (given === accepted) return;
  throw new UserError(EXIT.data, {
    where: path,
    given: `not what was written: changed, cut or another file (sha256 ${given})`,
    accepted: `sha256 ${accepted}, as ${SUMS_FILE} beside it has it`,
    hint,
  });
}

/** Whether a file has a checksum beside it. */
export const hasSum = (path: string): boolean => readSums(dirname(path))?.has(basename(path)) === true;

/** Checksums by name; undefined where there are none. */
function readSums(folder: string): Map<string, string> | undefined {
  let text: string;
  try {
    text = readFileSync(join(folder, SUMS_FILE), "utf8");
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
  const lines = text.split("\n").filter((line) => /^[0-9a-f]{64} [ *]./.test(line));
  return new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]));
}
