import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig } from "../../../src/config/load.js";
import { makePlan } from "../../../src/runs/plan/make-plan.js";
import { bestPoint, tuned } from "../../../src/runs/search/tuned.js";
import type { RunRecord } from "../../../src/records/record.js";
import { openRunStore } from "../../../src/records/store.js";
import { BASE, configWriter } from "../../config/fixtures.js";
import { record } from "../../records/fixtures.js";
import { scratchFolder } from "../../support/folder.js";

const folder = scratchFolder();
const config = loadConfig({ config: configWriter(folder)(BASE), set: ["tuning.seeds=2"] });
const plan = makePlan(config, join(folder, "datasets"));

/** Finished tuning runs of one method on one holdout; accuracy from the learning rate and the seed. */
const recordsOf = (method: string, accuracy: (learningRate: number, seed: number) => number): RunRecord[] =>
  plan.cells.flatMap((cell) => {
    if (cell.phase !== "tune" || cell.method !== method || cell.holdout !== plan.holdouts[0]) return [];
    const { seed } = cell;
    const learningRate = cell.learningRate!;
    const selected = { learningRate, weightDecay: cell.weightDecay!, gridEdge: [] };
    return [record(cell, { validationAccuracy: accuracy(learningRate, seed) }, { selected })];
  });

test("the mean over the seeds decides, not the best of them", () => {
  const records = recordsOf("sgd", (learningRate, seed) => (learningRate === 0.1 ? [0.9, 0.2][seed]! : 0.7));
  expect(bestPoint(records, config, "sgd").point.learningRate).not.toBe(0.1);
});

test("a line per method and holdout that has finished runs, with what it took", () => {
  const store = openRunStore(join(folder, "results"), "small");
  const records = recordsOf("sgd", (learningRate) => 0.5 + learningRate);
  for (const one of records) store.write(one, []);
  const [line, ...others] = tuned(plan, config, store);
  expect(others).toEqual([]);
  expect(line).toMatchObject({ method: "sgd", title: "SGD", holdout: plan.holdouts[0], runs: 2, diverged: 0 });
  expect(line!.point.learningRate).toBe(Math.max(...records.map(({ selected }) => selected!.learningRate)));
  expect(line!.gridEdge).toEqual(["learningRate:high"]);
  expect(line!.steps).toBe(100 * records.length);
  expect(line!.wallMilliseconds).toBe(254 * records.length);
});
