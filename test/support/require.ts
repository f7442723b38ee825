import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "vitest";
import { packageRoot } from "../../src/core/files.js";

/** The folder of real test data, or undefined (with a notice) where this machine has none.
 *  METAMD_TEST_REQUIRE=1 makes its absence a failure. */
export function realData(folder: string): string | undefined {
  const path = join(resolve(packageRoot(), process.env.METAMD_TEST_DATA ?? "../shared/data"), folder);
  return existsSync(path) ? path : missing(`real data ${folder} (looked in ${path}; set METAMD_TEST_DATA)`);
}

/** Whether everything is required, and tried at its full size, as `.ci/run` does. */
export const everything = process.env.METAMD_TEST_REQUIRE === "1";

/** A test that is too long for everyone's `npm test`: harder conditions, more sizes, whole walks through commands whose parts
 *  have tests of their own. It is run where everything is required. */
export const drill = test.runIf(everything);

/** Says what is missing and skips, or fails where everything is required. */
export function missing(what: string): undefined {
  if (everything) throw new Error(`required by METAMD_TEST_REQUIRE, but missing: ${what}`);
  process.stderr.write(`skipped: no ${what}\n`);
  return undefined;
}
