import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../src/core/errors.js";
import { atEnd } from "./processes.js";

/** A folder of the test file's own, removed when its tests are over. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "metamd-test-"));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The user error that something throws. */
export function userError(act: () => unknown): UserError {
  try {
    act();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
