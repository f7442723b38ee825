import { join } from "node:path";
import { expect, test } from "vitest";
import { contentId } from "../../src/core/hash.js";
import { packageRoot } from "../../src/core/files.js";
import { loadConfig } from "../../src/config/load.js";
import { makePlan } from "../../src/runs/plan/make-plan.js";

// Of whoever has results: a new key of the config must not make them run everything again.
test.each([
  ["quickstart.yaml", undefined, 56, "0f33777506117f12"],
  ["quickstart.yaml", "smoke", 11, "44ae48a2b1ff8e1c"],
  ["high-resolution.yaml", "synthetic", 76, "d7a5ad73176462b5"],
  ["diverse-digits.yaml", "synthetic", 270, "bfc02505e8e4436b"],
])("runs of %s, preset %s, keep their ids", (file, preset, runs, hash) => {
  const config = loadConfig({ config: join(packageRoot(), "configs", file), preset });
  const { cells } = makePlan(config, "no-data");
  expect(cells).toHaveLength(runs);
  expect(contentId(cells.map(({ id }) => id))).toBe(hash);
});
