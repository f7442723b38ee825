import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../src/core/files.js";

test("the tables of methods in README.md and docs are those of the entries", () => {
  const script = join(packageRoot(), "scripts", "docs.js");
  const { stdout, stderr, status } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
  expect({ stdout, stderr, status }).toEqual({ stdout: "", stderr: "", status: 0 });
});
