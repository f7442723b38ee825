#!/usr/bin/env node
import { keepCompiled } from "../src/core/compile-cache.js";
import { EXIT, UserError } from "../src/core/errors.js";
import { systemError } from "../src/core/system-error.js";

keepCompiled();
try {
  const { main } = await import("../src/cli/main.js");
  process.exitCode = await main(process.argv);
} catch (error) {
  // Only what keeps the program from being loaded comes here: too few files may be open, or the disk is faulty.
  const known = systemError(error, { accepted: "a machine that lets the program's own files be read" });
  if (!(known instanceof UserError)) throw error;
  process.stderr.write(`metamd: ${known.message}\n`);
  process.exitCode = EXIT.usage;
}
