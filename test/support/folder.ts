import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { UserError } from "../../src/core/errors.js";

/** A folder of the test file's own, removed when its tests are over. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "metamd-test-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
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
