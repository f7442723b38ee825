import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MachineFault } from "../../../core/errors.js";
import { isSystemError } from "../../../core/system-error.js";

/** Puts a file into a temporary folder of its own for as long as something reads it.
 *  @throws MachineFault where there is no temporary folder, or no room in it. */
export function withTemporaryFile<Result>(name: string, bytes: Uint8Array, read: (folder: string) => Result): Result {
  const folder = explained(() => mkdtempSync(join(tmpdir(), "metamd-program-")));
  try {
    explained(() => writeFileSync(join(folder, name), bytes));
    return read(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function explained<Result>(write: () => Result): Result {
  try {
    return write();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const hint = "make it writable, or set TMPDIR to another folder on this machine";
    const fault = { where: `temporary folder ${tmpdir()}`, given: `cannot be written: ${error.message}`, hint };
    throw new MachineFault(fault, { cause: error });
  }
}
