import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { packageRoot } from "../../src/core/files.js";
import { runProgram } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { drill } from "../support/require.js";

drill("the examples of docs/library.md have the right types and run", async () => {
  const folder = scratchFolder();
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(packageRoot(), join(folder, "node_modules", "metamd-bench"));
  const script = join(packageRoot(), "scripts", "checks", "examples.js");
  const { code, stdout, stderr } = await runProgram(process.execPath, [script, folder]);
  expect(code, stderr).toBe(0);
  expect(stdout).toContain("16 done, 0 diverged, 0 failed");
  expect(stdout).toContain("| Adam |");
  expect(stdout).toMatch(/step 20: loss 0\.\d+/);
});
