import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig } from "../../src/config/load.js";
import { inShell, PROGRAM } from "../support/binary.js";
import { scratchFolder, userError } from "../support/folder.js";
import { spawnGroup, tool } from "../support/processes.js";
import { SMALL_CONFIG } from "../support/small-config.js";

const folder = scratchFolder();

test("a config from a named pipe is read once, and is there for whoever asks again", () => {
  const fifo = join(folder, "fifo");
  expect(tool("mkfifo", [fifo]).status).toBe(0);
  writeFileSync(join(folder, "small.yaml"), SMALL_CONFIG.replace("steps: 5", "steps: 9"));
  spawnGroup("sh", ["-c", `cat small.yaml > fifo`], { cwd: folder });
  expect(loadConfig({ config: fifo }).training.steps).toBe(9);
  expect(loadConfig({ config: fifo, set: ["trials=2"] })).toMatchObject({ trials: 2, training: { steps: 9 } });
});

test.each([
  ["a substituted process", "node $METAMD plan --config <(sed 's/steps: 5/steps: 9/' small.yaml) --json"],
  ["standard input", "sed 's/steps: 5/steps: 9/' small.yaml | node $METAMD plan --config /dev/stdin --json"],
])("%s", async (_what, command) => {
  writeFileSync(join(folder, "small.yaml"), SMALL_CONFIG);
  const ended = await inShell(command, { folder, env: { METAMD: PROGRAM } });
  expect(ended.stderr).not.toContain("metamd:");
  expect(ended.code).toBe(0);
  expect(ended.stdout).toContain('"steps": 9');
});

test("a device that never ends, an empty one and a folder are refused", () => {
  expect(userError(() => loadConfig({ config: "/dev/zero" })).message).toContain("more than 16777216 bytes");
  expect(userError(() => loadConfig({ config: "/dev/null" })).message).toContain("an empty file");
  expect(userError(() => loadConfig({ config: folder })).message).toContain("a folder, not a file");
});
