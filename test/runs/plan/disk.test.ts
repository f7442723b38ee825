import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig } from "../../../src/config/load.js";
import { openNamedEngine } from "../../../src/engine/open.js";
import { bytesOnDisk } from "../../../src/runs/plan/disk.js";
import { openedDomains } from "../../support/domains.js";
import { scratchFolder } from "../../support/folder.js";
import { runHere } from "../../support/runs.js";
import { writeSmallConfig } from "../../support/small-config.js";

const folder = scratchFolder();
const engine = await openNamedEngine("reference");
const SHORT = "gradientEvaluations: 30, unrollSteps: 2, warmupSteps: 2";

const bytesIn = (path: string): number =>
  readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);

test.each([
  ["metamd", "metamd: { outerSteps: 2, innerSteps: 2, includeHead: false }"],
  ["meta_sgd", `meta_sgd: { ${SHORT} }`],
  ["meta_curvature", `meta_curvature: { ${SHORT}, includeHead: false, learnInit: true }`],
  ["aruba", "aruba: { tasks: 2, innerSteps: 2, learnInit: true }"],
  ["aruba_plus", "aruba: { tasks: 2, innerSteps: 2, includeHead: false }"],
  ["l2o", "l2o: { episodes: 1, episodeSteps: 2, unroll: 2, validationEpisodes: 1 }"],
])("counts what runs of %s write, and what is learned", async (method, metaTraining) => {
  const given = {
    config: writeSmallConfig(folder, `metaTraining: { ${metaTraining} }\n`),
    set: [`methods=[${method}]`],
  };
  const config = loadConfig(given);
  const { plan, store } = await runHere(config, engine, join(folder, method));
  const part = (name: "learned" | "runs"): number => bytesIn(join(store.folder, name));
  const written = part("learned") + part("runs");
  const counted = bytesOnDisk(plan.cells, config, openedDomains(config, folder));
  expect(part("learned")).toBeGreaterThan(2000);
  expect(Math.abs(counted / written - 1), `${counted} counted, ${written} written`).toBeLessThan(0.1);
});
