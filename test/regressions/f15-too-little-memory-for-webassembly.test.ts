// Under a limit on addresses, the message blamed the version of Node.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { EXIT } from "../../src/core/errors.js";
import { packageRoot } from "../../src/core/files.js";

test.skipIf(process.platform !== "linux").each([2_000_000, 3_000_000])("of %d KiB, memory is named", (limit) => {
  const program = join(packageRoot(), "dist", "bin", "metamd.js");
  const command = `ulimit -v ${limit}; exec "${process.execPath}" "${program}" engine info --engine wasm`;
  const { status, stderr } = spawnSync("sh", ["-c", command], { encoding: "utf8" });
  expect(status).toBe(EXIT.engine);
  expect(stderr).toContain("metamd: engine wasm: WebAssembly gets no memory");
  expect(stderr).toContain("ulimit -v unlimited");
  expect(stderr).not.toContain("take Node 20");
});
