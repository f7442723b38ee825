import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../../src/core/files.js";
import { loadConfig, type ResolvedConfig } from "../../../src/config/load.js";
import { makePlan } from "../../../src/runs/plan/make-plan.js";
import { openRunStore } from "../../../src/records/store.js";
import { readExperiment } from "../../../src/reporting/experiment.js";
import { METRICS, measureTrials } from "../../../src/reporting/measured/trials.js";
import { metamd } from "../../support/binary.js";
import { scratchFolder } from "../../support/folder.js";
import { drill } from "../../support/require.js";

const file = join(packageRoot(), "configs", "weight-decay.yaml");
const load = (preset: string, ...set: string[]): ResolvedConfig => loadConfig({ config: file, preset, set });
const DECAYS = [0, 1e-5, 1e-4, 1e-3];

test("one meta-training for all sets, one search each, and a trial at every weight decay", () => {
  const { cells } = makePlan(load("synthetic"), "no-data");
  const of = (phase: string): typeof cells => cells.filter((cell) => cell.phase === phase);
  expect(of("meta-train")).toHaveLength(1);
  expect(of("meta-train")[0]!.metaTrain).toHaveLength(6);
  expect(of("tune")).toHaveLength(6 * 3 * 2);
  expect(of("trial")).toHaveLength(6 * 3 * 4);
  for (const cell of of("tune")) expect(cell).toMatchObject({ weightDecay: 0 });
  const trial = of("trial").filter(({ method, holdout }) => method === "metamd" && holdout!.endsWith("thin"));
  expect(trial.map((cell) => cell.phase === "trial" && cell.weightDecay)).toEqual(DECAYS);
});

test("without the key, trials are as they were", () => {
  const cells = makePlan({ ...load("smoke"), trialWeightDecays: undefined }, "no-data").cells.filter(
    ({ phase }) => phase === "trial",
  );
  expect(cells).toHaveLength(2 * 3);
  for (const cell of cells) expect(cell).not.toHaveProperty("weightDecay");
});

test("what the high-resolution variant learns is what that suite learns", () => {
  const learned = (config: ResolvedConfig): unknown => ({
    settings: config.metaTraining.metamd,
    model: config.model,
    batch: config.training.batchSize,
    image: config.suite.image,
    normalise: config.suite.normalise,
    classes: config.suite.classesPerTask,
    augmentation: config.suite.augmentation.metaTrain,
    seed: config.seed,
  });
  const suite = loadConfig({ config: join(packageRoot(), "configs", "high-resolution.yaml") });
  expect(learned(load("highres"))).toEqual(learned(suite));
});

drill("a trial has the tuned rate and its own weight decay, and its own column", async () => {
  const folder = mkdtempSync(join(scratchFolder(), "run-"));
  const smoke = ["--config", file, "--preset", "smoke", "--engine", "wasm", "--jobs", "1", "--quiet"];
  const { code, stderr } = await metamd(folder, "run", ...smoke, "--set", "tuning.space.learningRate=[0.1,0.2]");
  expect(stderr).toBe("");
  expect(code).toBe(0);
  const results = join(folder, "results");
  const store = openRunStore(results, "weight-decay-smoke");
  const records = store.list().map((id) => store.read(id));
  const trials = records.filter(({ cell }) => cell.phase === "trial");
  expect(trials).toHaveLength(2 * 3 * 4);
  for (const { cell, selected } of trials) {
    const others = trials.filter((other) => other.cell.method === cell.method && other.cell.holdout === cell.holdout);
    expect(new Set(others.map((other) => other.selected!.learningRate)).size).toBe(1);
    expect(others.map((other) => other.selected!.weightDecay).sort((a, b) => a - b)).toEqual(DECAYS);
    expect(selected!.weightDecay).toBe(cell.phase === "trial" && cell.weightDecay);
    expect(selected!.gridEdge.join()).not.toContain("weightDecay");
  }
  const table = measureTrials(readExperiment(results, "weight-decay-smoke"), METRICS.auc);
  expect(table.columns.slice(0, 4).map(({ title }) => title)).toEqual(
    ["0", "1e-5", "1e-4", "1e-3"].map((decay) => `synthetic-diverse/thick wd ${decay}`),
  );
  for (const cells of table.rows.values())
    for (const { runs, values } of cells) expect([runs.length, values.size]).toEqual([1, 1]);
  // One of Adam's numbers is one run's.
  const adam = table.rows.get("adam")![2]!;
  const run = store.read(adam.runs[0]!);
  expect(run.selected!.weightDecay).toBe(1e-4);
  expect(adam.mean).toBe(run.metrics.auc);
});
