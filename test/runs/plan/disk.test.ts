import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig, type ResolvedConfig } from "../../../src/config/load.js";
import { openNamedEngine } from "../../../src/engine/open.js";
import { bytesOnDisk } from "../../../src/runs/plan/disk.js";
import { writeLatestTables } from "../../../src/reporting/index.js";
import { openedDomains } from "../../support/domains.js";
import { scratchFolder } from "../../support/folder.js";
import { runHere, type RunHere } from "../../support/runs.js";
import { writeSmallConfig } from "../../support/small-config.js";

const folder = scratchFolder();
const engine = await openNamedEngine("reference");
const SHORT = "gradientEvaluations: 30, unrollSteps: 2, warmupSteps: 2";

/** What a folder takes on a disk whose blocks have 4096 bytes, folders being one each. */
function takenBy(path: string): number {
  const entries = readdirSync(path, { withFileTypes: true, recursive: true });
  const bytes = entries.map((entry) => (entry.isFile() ? statSync(join(entry.parentPath, entry.name)).size : 1));
  return 4096 * bytes.reduce((sum, size) => sum + Math.ceil(size / 4096), 1);
}

test.each([
  ["metamd", "metamd: { outerSteps: 2, innerSteps: 2, includeHead: false }"],
  ["meta_sgd", `meta_sgd: { ${SHORT} }`],
  ["meta_curvature", `meta_curvature: { ${SHORT}, includeHead: false, learnInit: true }`],
  ["aruba", "aruba: { tasks: 2, innerSteps: 2, learnInit: true }"],
  ["aruba_plus", "aruba: { tasks: 2, innerSteps: 2, includeHead: false }"],
  ["l2o", "l2o: { episodes: 1, episodeSteps: 2, unroll: 2, validationEpisodes: 1 }"],
])("counts what runs of %s take, what is learned, and the tables", async (method, metaTraining) => {
  const given = {
    config: writeSmallConfig(folder, `metaTraining: { ${metaTraining} }\n`),
    set: [`methods=[${method}]`],
  };
  const config = loadConfig(given);
  expectCounted(await runHere(config, engine, join(folder, method)), config, join(folder, method));
});

test("counts long curves twice: their table has those of all trials, of the done ones too", async () => {
  const config = loadConfig({
    config: writeSmallConfig(folder),
    set: ["training.steps=150", "tuning.steps=5", "trials=2"],
  });
  const results = join(folder, "curves");
  const { plan, store, outcome } = await runHere(config, engine, results);
  expectCounted({ plan, store, outcome }, config, results);
  expect(statSync(join(store.folder, "curves.csv")).size).toBeGreaterThan(2 * 150 * 80);
  const trials = plan.cells.filter(({ phase }) => phase === "trial");
  const domains = openedDomains(config, folder);
  const lastOne = (...all: (typeof trials)[]): number => bytesOnDisk(trials.slice(1), config, domains, ...all);
  expect(lastOne(plan.cells) - lastOne()).toBeGreaterThan(150 * 80);
  expect(bytesOnDisk([], config, domains, plan.cells)).toBe(0);
});

/** What is counted is enough, and not much more. */
function expectCounted({ plan, store }: RunHere, config: ResolvedConfig, results: string): void {
  writeLatestTables(results, config.experimentFolder, []);
  const [counted, taken] = [bytesOnDisk(plan.cells, config, openedDomains(config, folder)), takenBy(store.folder)];
  expect(counted / taken, `${counted} counted, ${taken} taken`).toBeGreaterThanOrEqual(1);
  expect(counted / taken, `${counted} counted, ${taken} taken`).toBeLessThan(1.3);
}
