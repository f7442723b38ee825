// link() on NFS that worked, was sent again and says EEXIST: the process waited for its own lease for ever.
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { start } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { writeClassFolders, writeOwnManifest } from "../support/class-folders.js";
import { drill } from "../support/require.js";
import { SMALL, SMALL_CELLS } from "../support/small-experiment.js";

const folder = scratchFolder();
writeFileSync(join(folder, "small.yaml"), SMALL);
const shim = join(folder, "lost.mjs");
writeFileSync(
  shim,
  `import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
const { linkSync } = fs;
fs.linkSync = (from, to) => {
  linkSync(from, to);
  process.stderr.write("answer lost\\n");
  throw Object.assign(new Error("EEXIST: file already exists, link"), { code: "EEXIST", syscall: "link" });
};
syncBuiltinESMExports();
`,
);
const env = { NODE_OPTIONS: `--import ${shim}` };

drill.each([1, 2])("is the process's own lease: every run is made once, %d at a time", async (jobs) => {
  const args = ["run", "--config", "small.yaml", "--engine", "wasm", "--jobs", String(jobs)];
  const { code, stderr } = await start(folder, [...args, "--results", `r-${jobs}`], env).ended;
  expect(code, stderr).toBe(0);
  expect(stderr).toContain("answer lost");
  expect(stderr).toMatch(new RegExp(`^${SMALL_CELLS} runs done`, "m"));
  const left = readdirSync(join(folder, `r-${jobs}`, "small", "leases"));
  expect(left.filter((name) => !name.startsWith("beat-"))).toEqual([]);
});

drill("is the process's own lock: an import ends, and leaves none", async () => {
  const data = join(folder, "data");
  writeOwnManifest(data, "own", 2);
  const given = writeClassFolders(join(folder, "given"), ["a", "b"], 12);
  const { code, stderr } = await start(folder, ["data", "import", "own", given, "--data", data], env).ended;
  expect(code, stderr).toBe(0);
  expect(stderr).toContain("answer lost");
  const left = readdirSync(data, { recursive: true, encoding: "utf8" });
  expect(left.filter((name) => name.includes(".lock"))).toEqual([]);
});
