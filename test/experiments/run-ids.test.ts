import { join } from "node:path";
import { expect, test } from "vitest";
import { contentId } from "../../src/core/hash.js";
import { packageRoot } from "../../src/core/files.js";
import { loadConfig } from "../../src/config/load.js";
import { makePlan } from "../../src/experiments/plan.js";

// Of whoever has results: a new key of the config must not make them run everything again.
test.each([
  ["quickstart.yaml", undefined, 56, "7749e3d8c429b8c3"],
  ["quickstart.yaml", "smoke", 11, "7246303d403b0a0e"],
  ["high-resolution.yaml", "synthetic", 76, "af48da04812c7e90"],
  ["diverse-digits.yaml", "synthetic", 270, "92b678aea9579dc6"],
])("runs of %s, preset %s, keep their ids", (file, preset, runs, hash) => {
  const config = loadConfig({ config: join(packageRoot(), "configs", file), preset });
  const { cells } = makePlan(config, "no-data");
  expect(cells).toHaveLength(runs);
  expect(contentId(cells.map(({ id }) => id))).toBe(hash);
});
