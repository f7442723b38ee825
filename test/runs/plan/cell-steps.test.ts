import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig } from "../../../src/config/load.js";
import { createMetaLearner } from "../../../src/meta/index.js";
import { openNamedEngine } from "../../../src/engine/open.js";
import { cellSteps } from "../../../src/runs/plan/cell-steps.js";
import { openedDomains } from "../../support/domains.js";
import { scratchFolder } from "../../support/folder.js";
import { runHere } from "../../support/runs.js";
import { writeSmallConfig } from "../../support/small-config.js";

const folder = scratchFolder();
const engine = await openNamedEngine("wasm");

test.each([
  ["metamd", "outerSteps: 3, innerSteps: 4"],
  ["metamd", "outerSteps: 3, innerSteps: 4, warmupSteps: 7, mode: unrolled"],
  ["metamd", "outerSteps: 2, innerSteps: 3, warmupSteps: 2, initialisation: { kind: spectral, steps: 5 }"],
  ["metamd_short", "outerSteps: 2, innerSteps: 2"],
  ["meta_sgd", "gradientEvaluations: 47, unrollSteps: 3, warmupSteps: 0"],
  ["meta_sgd", "gradientEvaluations: 53, unrollSteps: 1, warmupSteps: 9, firstOrder: true"],
  ["meta_curvature", "gradientEvaluations: 40, unrollSteps: 2, warmupSteps: 3, learnInit: true"],
  ["meta_curvature", "gradientEvaluations: 41, unrollSteps: 5, warmupSteps: 100"],
  ["aruba", "tasks: 3, innerSteps: 5"],
  ["l2o", "episodes: 3, episodeSteps: 3, unroll: 2, validateEvery: 2, validationEpisodes: 1"],
  ["l2o", "episodes: 1, episodeSteps: 2, unroll: 5, validateEvery: 7, validationEpisodes: 1"],
])("a plan of %s counts the gradients that its record has: %s", async (method, settings) => {
  const file = writeSmallConfig(folder, `metaTraining: { ${method}: { ${settings} } }\n`);
  const set = [`methods=[${method}]`, "training.steps=2", "training.aucWindowSteps=1", "training.divergenceLoss=1e9"];
  const config = loadConfig({ config: file, set });
  const { plan, store } = await runHere(config, engine, join(folder, settings));
  for (const cell of plan.cells.filter(({ phase }) => phase === "meta-train"))
    expect(cellSteps(config, cell, openedDomains(config, folder))).toBe(store.read(cell.id).counts.gradientEvaluations);
});

test("windows without end are not counted one by one", () => {
  const endless = { gradientEvaluations: 1e12, warmupSteps: 1 };
  expect(createMetaLearner("meta_sgd", endless).budget(1, 0)).toBe(1e12);
});
