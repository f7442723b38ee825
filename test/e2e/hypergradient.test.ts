import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../src/core/files.js";
import { metamd } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { drill } from "../support/require.js";

const config = join(packageRoot(), "configs", "hypergradient.yaml");
const compare = ["analyse", "hypergradient", "--config", config];

drill("from nothing to table, figure and report", async () => {
  const folder = scratchFolder();
  const { code, stdout, stderr } = await metamd(folder, ...compare, "--preset", "smoke", "--engine", "wasm");
  expect(stderr).toMatch(/seed 0 done in [^\n]+\nseed 1 done in/);
  expect(stderr).toContain("2 seeds done, 0 were done before; written: results/hypergradient-smoke/hypergradient.csv");
  expect(code).toBe(0);
  expect(stdout).toMatch(/\nrun +fc1 +fc2 +all +fc1, length +fc2, length +all, length\n/);
  // In single precision too, one step is exact.
  expect(stdout).toMatch(/\nlearned M, T = 1 +\[1\.000 ± 0\.000\] +\[1\.000 ± 0\.000\] +\[1\.000 ± 0\.000\] +\[1\.00/);
  expect(stdout).toContain("Our claim O1, not the paper's: not run.");

  const again = await metamd(folder, ...compare, "--preset", "smoke", "--set", "seeds=3", "--engine", "wasm", "--json");
  expect(again.code).toBe(0);
  const { records, claim } = JSON.parse(again.stdout) as { records: { seed: number }[]; claim: { verdict: string } };
  expect(records.map(({ seed }) => seed)).toEqual([0, 1, 2]);
  expect(claim.verdict).toBe("not run");
  const rows = readFileSync(join(folder, "results/hypergradient-smoke/hypergradient.csv"), "utf8")
    .trimEnd()
    .split("\n");
  expect(rows).toHaveLength(1 + 3 * 2 * 2 * 3 * 5);

  expect((await metamd(folder, "figure", "hypergradient", "--quiet")).stdout).toBe(
    "hypergradient: results/figures/hypergradient.svg, results/figures/hypergradient.csv, " +
      "results/figures/hypergradient_summary.csv\n",
  );
  const table = await metamd(folder, "table", "hypergradient", "--format", "csv");
  expect(table.stdout).toMatch(/^run,fc1_cosine_mean,fc1_cosine_error,/);
  expect((await metamd(folder, "report")).code).toBe(0);
  expect(existsSync(join(folder, "results/report.html"))).toBe(true);
});

test("missing images end it with 3, a config of something else with 2, before anything is computed", async () => {
  const missing = await metamd(scratchFolder(), ...compare);
  expect(missing.code).toBe(3);
  expect(missing.stderr).toContain("metamd data fetch mnist");
  const other = await metamd(scratchFolder(), "run", "--config", config);
  expect(other.code).toBe(2);
  expect(other.stderr).toContain("metamd analyse hypergradient --config");
});
