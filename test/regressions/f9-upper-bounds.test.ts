import { expect, test } from "vitest";
import { explained } from "../../src/cli/shared/explain.js";
import { loadConfig } from "../../src/config/load.js";
import { shippedConfigs } from "../../src/config/shipped.js";
import { createModel } from "../../src/models/index.js";
import { refuseLargeModel } from "../../src/runs/plan/model-fit.js";
import { scratchFolder, userError } from "../support/folder.js";
import { runMain } from "../support/main.js";
import { writeSmallConfig } from "../support/small-config.js";

const config = writeSmallConfig(scratchFolder());

test.each([
  ["trials=2000000", "trials: given 2000000\n  accepted: at most 100000"],
  ["tuning.seeds=5000000000", "tuning.seeds: given 5000000000\n  accepted: at most 100000"],
  ["model.hidden=[1000000000]", "model.hidden[0]: given 1000000000\n  accepted: at most 1000000"],
  ["training.steps=1000000000", "training.steps: given 1000000000\n  accepted: at most 10000000"],
  ["training.steps=1000000000 epochs", 'training.steps: given "1000000000 epochs"'],
  ["training.batchSize=100000000", "training.batchSize: given 100000000"],
  ["suite.limits.trainImages=1000000000000", "suite.limits.trainImages: given 1000000000000"],
  ["suite.image={size: 100000, channels: 3}", "suite.image.size: given 100000"],
  ["analysis.landscape.points=1000000000", "analysis.landscape.points: given 1000000000"],
  [`model.hidden=[${Array.from({ length: 100_000 }, () => 1).join(", ")}]`, "model.hidden"],
  [`${"a.".repeat(10_000)}b=1`, "given a key of 10001 levels\n  accepted: keys of at most 100"],
  [
    "tuning.strategy=random;tuning.budget=1000000000;tuning.space.learningRate={from: 0.1, to: 1}",
    "tuning.budget: given",
  ],
])("--set %s is refused with the bound, within moments", (given, says) => {
  const set = given.split(";");
  const error = userError(() => loadConfig({ config, set }));
  expect(error.exitCode).toBe(2);
  expect(error.message).toContain(says);
});

test("what is too much together is refused by its memory", () => {
  const set = ["trials=100000", "trialWeightDecays=[0, 0.1, 0.2]", "methods=all"];
  const { message } = userError(() => loadConfig({ config, set }));
  expect(message).toMatch(/trials: \d+ runs in all, whose plan alone would take about [\d.]+ GB of memory\n/);
  expect(message).toContain("hint: lower trials, tuning.seeds");
});

test("a grid counts as the product of its lists", () => {
  const values = `[${Array.from({ length: 1000 }, (_one, i) => `${i + 1}e-5`).join(", ")}]`;
  const set = [`tuning.space.learningRate=${values}`, `tuning.space.weightDecay=${values}`];
  expect(userError(() => loadConfig({ config, set })).message).toContain("runs in all");
});

test("a model that no run could hold is told in the plan, before anything is made", async () => {
  const { code, err } = await runMain("plan", "--config", config, "--set", "model.hidden=[1000000, 1000000]");
  expect(code).toBe(2);
  expect(err).toMatch(/at least [\d.]+ GB of memory a run\n {2}accepted: at most [\d.]+ GB, what this machine has/);
});

test("so are batches of images", () => {
  const model = createModel({ kind: "mlp", hidden: [4] }, [8, 8, 1], 2);
  const shape = { height: 4096, width: 4096, channels: 3 } as const;
  const of = (batchSize: number) => loadConfig({ config, set: [`training.batchSize=${batchSize}`] });
  expect(userError(() => refuseLargeModel(model, of(1000), shape, 8e9)).message).toContain("at least 201.3 GB");
  expect(() => refuseLargeModel(model, of(10), shape, 8e9)).not.toThrow();
});

test("a model counts with what a run of the largest method holds of it", () => {
  const model = createModel({ kind: "mlp", hidden: [1000, 1000] }, [28, 28, 1], 10); // 1.8 million parameters: 7.2 MB
  const shape = { height: 28, width: 28, channels: 1 } as const;
  const sgd = loadConfig({ config, set: ["methods=[sgd]"] });
  expect(() => refuseLargeModel(model, sgd, shape, 1e6)).toThrow("at least 50.4 MB of memory a run");
  expect(() => refuseLargeModel(model, sgd, shape, 51e6)).not.toThrow();
  const adam = loadConfig({ config, set: ["methods=[sgd, adam]"] });
  expect(() => refuseLargeModel(model, adam, shape, 51e6)).toThrow("or leave out methods with much state");
  expect(() => refuseLargeModel(model, adam, shape, 80e6)).not.toThrow();
});

test("what WebAssembly cannot hold is no defect", () => {
  const error = explained(new WebAssembly.RuntimeError("memory access out of bounds"), "data");
  expect([error?.exitCode, error?.faults[0]?.where]).toEqual([2, "memory"]);
});

test("what is shipped is within the bounds, and a seed has none of them", () => {
  for (const path of shippedConfigs()) expect(() => loadConfig({ config: path })).not.toThrow();
  expect(loadConfig({ config, set: ["seed=9007199254740991"] }).seed).toBe(Number.MAX_SAFE_INTEGER);
});
