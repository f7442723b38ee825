// Under a limit on addresses, the message blamed the version of Node.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { EXIT } from "../../src/core/errors.js";
import { inShell, PROGRAM, start } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { writeSmallConfig } from "../support/small-config.js";

test.skipIf(process.platform !== "linux").each([2_000_000, 3_000_000])("of %d KiB, memory is named", async (limit) => {
  const command = `ulimit -v ${limit}; exec "${process.execPath}" "${PROGRAM}" engine info --engine wasm`;
  const { code, stderr } = await inShell(command);
  expect(code).toBe(EXIT.engine);
  expect(stderr).toContain("metamd: engine wasm: WebAssembly gets no memory");
  expect(stderr).toContain("ulimit -v unlimited");
  expect(stderr).not.toContain("take Node 20");
});

test("too few files: the limit is named, before anything is loaded", async () => {
  const command = `ulimit -n 32; exec "${process.execPath}" "${PROGRAM}" --version`;
  const { code, stderr } = await inShell(command);
  expect(stderr).toMatch(/^metamd: .*EMFILE[^]*hint: .*ulimit -n/);
  expect(stderr).not.toMatch(/^ +at /m);
  expect(code).toBe(EXIT.usage);
});

test("too few threads: the machine's fault, before a run is taken", async () => {
  const folder = scratchFolder();
  const shim = join(folder, "no-threads.mjs");
  writeFileSync(shim, NO_THREADS);
  const args = ["run", "--config", writeSmallConfig(folder), "--engine", "wasm", "--jobs", "1", "--results", "r"];
  const { code, stderr } = await start(folder, args, { NODE_OPTIONS: `--import ${shim}` }).ended;
  expect(stderr).toMatch(/metamd: this machine: starts no more threads \(EAGAIN\)\n[^]*hint: .*ulimit -u/);
  expect(code).toBe(EXIT.engine);
  expect(existsSync(join(folder, "r", "t", "runs"))).toBe(false);
});

/** As Node says it under a limit of processes, from which root is free. */
const NO_THREADS = `import threads from "node:worker_threads";
import { syncBuiltinESMExports } from "node:module";
threads.Worker = class { constructor() { throw Object.assign(new Error("EAGAIN"), { code: "ERR_WORKER_INIT_FAILED" }); } };
syncBuiltinESMExports();
`;
