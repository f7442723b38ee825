import { join } from "node:path";
import { expect, test } from "vitest";
import { contentId } from "../../src/core/hash.js";
import { packageRoot } from "../../src/core/files.js";
import { loadConfig } from "../../src/config/load.js";
import { makePlan } from "../../src/experiments/plan.js";

// Of whoever has results: a new key of the config must not make them run everything again.
test.each([
  ["quickstart.yaml", undefined, 56, "6b3c2ed041f10efa"],
  ["quickstart.yaml", "smoke", 11, "02a9727b1083ca0f"],
  ["high-resolution.yaml", "synthetic", 76, "7c533f17cc73ef0f"],
  ["diverse-digits.yaml", "synthetic", 270, "4e58d6e4fa4ad45d"],
])("runs of %s, preset %s, keep their ids", (file, preset, runs, hash) => {
  const config = loadConfig({ config: join(packageRoot(), "configs", file), preset });
  const { cells } = makePlan(config, "no-data");
  expect(cells).toHaveLength(runs);
  expect(contentId(cells.map(({ id }) => id))).toBe(hash);
});
