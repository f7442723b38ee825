// Runs on a machine with GPUs, as far as that shows without one.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { RunRecord } from "../../src/records/record.js";
import { metamd, type Ended } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { seemingCuda, seemingGpus, seemingUse, TWO } from "../support/gpus.js";
import { smallExperiment } from "../support/small-experiment.js";

const folder = scratchFolder();
const cuda = seemingCuda(join(folder, "engine"));
seemingGpus(join(folder, "tools"), TWO);
beforeEach(() => {
  vi.stubEnv("CUDA_VISIBLE_DEVICES", undefined);
  vi.stubEnv("NODE_OPTIONS", undefined);
});
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
      expect(stderr).toMatch(new RegExp(`metamd: ${asked[0]}: GPU [01] is not used: .*\n {2}hint: `));
      expect(code).toBe(4);
      expect(stderr).not.toContain("    at ");
    },
  );

  test("runs go on without where nobody asked, and it is said", async () => {
    const { code, stderr } = await run("usual");
    const said = stderr.match(/^GPU [01] is not used: missing: .*; .*$/gm) ?? [];
    expect(said.length).toBeGreaterThan(0);
    expect(new Set(said).size).toBe(said.length);
    expect(code).toBe(0);
  });

  test.each(["2", "0,0", "GPU-zzzz"])("CUDA_VISIBLE_DEVICES %s leaves none, and it is said", async (shown) => {
    vi.stubEnv("CUDA_VISIBLE_DEVICES", shown);
    const { code, stderr } = await run(`shown-${shown}`, "--jobs", "1");
    expect(stderr).toContain(`\nno GPU is used: CUDA_VISIBLE_DEVICES is "${shown}", which `);
    expect(code).toBe(0);
  });

  test.each(["", "-1", "NoDevFiles"])(
    "CUDA_VISIBLE_DEVICES %j is a choice, of which nothing is said",
    async (shown) => {
      vi.stubEnv("CUDA_VISIBLE_DEVICES", shown);
      const { code, stderr } = await run(`chosen-${shown}`, "--jobs", "1");
      expect(stderr).not.toContain("GPU");
      expect(code).toBe(0);
    },
  );
});

describe.skipIf(cuda === undefined)("where one of two GPUs can't be used", () => {
  const options = () => seemingUse(folder, 'process.env.CUDA_VISIBLE_DEVICES === "0"');

  test("runs go on without where nobody asked, and it is said of which", async () => {
    vi.stubEnv("NODE_OPTIONS", options());
    const { code, stderr } = await run("one");
    expect(stderr.match(/^GPU . is not used: /gm)).toEqual(["GPU 1 is not used: "]);
    expect(code).toBe(0);
  });

  test("it is an error where both were asked for", async () => {
    vi.stubEnv("NODE_OPTIONS", options());
    const { code, stderr } = await run("one-asked", "--gpus", "0,1");
    expect(stderr).toContain("--gpus: GPU 1 is not used: ");
    expect(code).toBe(4);
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
