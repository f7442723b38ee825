import { readdirSync, readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";

const files = readdirSync("test", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => `test/${name}`);
/** Files that put other modules in the place of ours, load them anew, or change what a process reads once: each has one of its
 *  own. */
const OWN = /\bvi\.(?:mock|doMock|resetModules|stubEnv)\(|\bprocess\.env\.\w+ = |support\/gpus\.js/;
const alone = files.filter((path) => OWN.test(readFileSync(path, "utf8")));

export default defineConfig({
  test: {
    pool: "forks",
    // One more than two processors: some tests wait.
    maxWorkers: 3,
    // No test waits for a fixed time (support/until.ts): these only end what hangs, however slow the machine is.
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
    teardownTimeout: 600_000,
    expect: { poll: { timeout: 600_000 } },
    setupFiles: ["test/support/each-file.ts"],
    projects: [
      { extends: true, test: { name: "alone", include: alone } },
      // One process runs many files: to start one and to load what most of them import takes 0.4 s of processor time.
      { extends: true, test: { name: "together", include: ["test/**/*.test.ts"], exclude: alone, isolate: false } },
    ],
  },
});
