// Runs on a machine with GPUs, as far as that shows without one.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import type { RunRecord } from "../../src/records/record.js";
import { metamd, type Ended } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { seemingCuda, seemingGpus, seemingUse, TWO } from "../support/gpus.js";
import { smallExperiment } from "../support/small-experiment.js";

const folder = scratchFolder();
const cuda = seemingCuda(join(folder, "engine"));
seemingGpus(join(folder, "tools"), TWO);
vi.stubEnv("CUDA_VISIBLE_DEVICES", undefined);
afterAll(() => void vi.unstubAllEnvs());

writeFileSync(join(folder, "small.yaml"), smallExperiment({ name: "small", methods: ["sgd"], trials: 2 }));
const run = (results: string, ...more: string[]): Promise<Ended> =>
  metamd(folder, "run", "--config", "small.yaml", "--results", results, ...more);
function recordsOf(results: string): RunRecord[] {
  const runs = join(folder, results, "small", "runs");
  return readdirSync(runs).map((id) => JSON.parse(readFileSync(join(runs, id, "record.json"), "utf8")) as RunRecord);
}

describe.skipIf(cuda === undefined)("where the CUDA build finds no GPU that it can use", () => {
  test.each([[["--gpus", "0,1"]], [["--gpus", "0"]], [["--runs-per-gpu", "2"]]])(
    "%j is an error, and nothing is run",
    async (asked) => {
      const { code, stderr } = await run("asked", ...asked);
      expect(stderr).toMatch(new RegExp(`metamd: ${asked[0]}: no GPU is used: .*\n {2}hint: `));
      expect(code).toBe(4);
      expect(stderr).not.toContain("    at ");
    },
  );

  test("runs go on without where nobody asked, and it is said", async () => {
    const { code, stderr } = await run("usual");
    expect(stderr.match(/^no GPU is used: .*; .*$/gm)).toHaveLength(1);
    expect(code).toBe(0);
  });
});

test.skipIf(cuda === undefined)("the card that runs are computed on is said, and in their records", async () => {
  vi.stubEnv("NODE_OPTIONS", seemingUse(folder));
  const { code, stderr } = await run("used", "--gpus", "1", "--runs-per-gpu", "2");
  expect(stderr).toMatch(/^engine tensorflow, \d+ threads?, on NVIDIA A100, 2 runs at a time$/m);
  expect(code).toBe(0);
  for (const { engine } of recordsOf("used"))
    expect(engine.device).toEqual({ name: "NVIDIA A100", driver: "550.54.15" });
});
