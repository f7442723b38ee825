import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../src/core/files.js";
import { runProgram } from "../support/binary.js";

test("the tables of methods are those of the entries, and the picture of rooms is that of their table", async () => {
  const script = join(packageRoot(), "scripts", "docs.js");
  const ended = await runProgram(process.execPath, [script, "--check"]);
  expect(ended).toEqual({ code: 0, signal: null, stdout: "", stderr: "" });
});
