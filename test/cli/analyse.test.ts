import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { EXIT } from "../../src/core/errors.js";
import { packageRoot } from "../../src/core/files.js";
import { openAnalysisStore } from "../../src/records/analysis-store.js";
import { metamd, type Ended } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { ANY_KIND } from "../../src/records/analysis.js";

const folder = scratchFolder();
const suite = join(packageRoot(), "configs", "high-resolution.yaml");
const analyse = (...args: string[]): Promise<Ended> => metamd(folder, "analyse", ...args, "--engine", "wasm");
const kinds = (experiment: string): string[] => {
  const store = openAnalysisStore(join(folder, "results", experiment));
  return store.list().map((id) => store.read(ANY_KIND, id).kind);
};

describe("analyse", () => {
  test("cost counts at the paper's size beside what is printed, without data", async () => {
    const { code, stdout } = await analyse("cost", "--config", suite, "--counts-only");
    expect(code).toBe(0);
    expect(stdout).toMatch(/meta_sgd +11176512 +11176512\n/);
    expect(stdout).toMatch(/meta_curvature +2974717 +2974717\n/);
    expect(stdout).toMatch(/metamd +35923 +37664\n[^]*37,664 is not \(nearest natural count 35,923/);
    expect(kinds("high-resolution")).toEqual(["meta-parameters"]);
  });

  test("cost times every method, on stdout; notices go to stderr", async () => {
    const small = ["--set", "model.width=1", "--set", "suite.image.size=32", "--set", "training.batchSize=2"];
    const short = ["--warm-up", "1", "--blocks", "2", "--block-steps", "1"];
    const { code, stdout, stderr } = await analyse("cost", "--config", suite, "--preset", "smoke", ...small, ...short);
    expect(code).toBe(0);
    expect(stdout).toContain(
      "Milliseconds of a training step, batch 2 of 32x32x3, 2 x 1 steps; ratios to sgd_momentum",
    );
    expect(stdout).toMatch(/\nsgd_momentum( +[\d.]+){3} +1\.000 +1\.000( +[\d.]+){3}\n/);
    for (const method of ["kfac", "meta_curvature", "metamd"]) expect(stdout).toContain(`\n${method} `);
    expect(stderr.match(/written: results\/high-resolution-smoke\/analyses\/[0-9a-f]{16}/g)).toHaveLength(2);
    expect(kinds("high-resolution-smoke").sort()).toEqual(["meta-parameters", "step-times"]);
    expect(readdirSync(join(folder, "results"))).toContain("high-resolution-smoke");
  });

  test("datasets without any is an error of data", async () => {
    const { code, stderr, stdout } = await analyse("datasets", "--config", suite);
    expect([code, stdout]).toEqual([EXIT.data, ""]);
    expect(stderr).toContain("metamd: datasets: none of the suite's domains is here\n");
  });
});
