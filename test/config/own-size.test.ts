import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config/load.js";
import { ownSize } from "../../src/config/own-size.js";
import { shippedConfigs } from "../../src/config/shipped.js";
import { scratchFolder } from "../support/folder.js";

const E2 = "configs/rotated-mnist.yaml";
const of = (config: string, preset: string, ...set: string[]): string[] => ownSize(loadConfig({ config, preset, set }));

describe("what is smaller than the shipped config of the same experiment", () => {
  test.each(shippedConfigs())("nothing in %s itself", (config) => {
    expect(of(config, "paper")).toEqual([]);
    expect(of(config, "smoke")).toEqual([]);
  });

  test.each([
    ["suite.limits={trainImages: 500, validationImages: 100, testImages: 100}", "suite.limits"],
    ["model={kind: mlp, hidden: [16]}", "model"],
    ["training.steps=50", "training.steps"],
    ["training.batchSize=8", "training.batchSize"],
    ["trials=1", "trials"],
    ["metaTraining.metamd.innerSteps=10", "metaTraining.metamd.innerSteps"],
    ["metaTraining.meta_curvature.gradientEvaluations=100", "metaTraining.meta_curvature.gradientEvaluations"],
  ])("--set %s is named", (set, key) => {
    expect(of(E2, "paper", set)).toEqual([key]);
  });

  test("more trials, longer runs, other rates and fewer methods are not smaller", () => {
    expect(of(E2, "paper", "trials=20", "training.steps=1000", "methods=[sgd,metamd]")).toEqual([]);
    expect(of(E2, "extended", "tuning.space.learningRate=[0.1]")).toEqual([]);
  });

  test("fewer epochs are, and steps in place of epochs", () => {
    expect(of("configs/diverse-digits.yaml", "paper", "training.steps=2 epochs")).toEqual(["training.steps"]);
    expect(of("configs/diverse-digits.yaml", "paper", "training.steps=60")).toEqual(["training.steps"]);
  });

  test("a file of one's own is held against the shipped one of its experiment, or against none", () => {
    const file = join(scratchFolder(), "own.yaml");
    const text = (experiment: string): string => `name: own
${experiment}suite: { domains: [rotated-mnist/0, rotated-mnist/45], protocol: leave-one-out }
model: { kind: mlp, hidden: [256, 256] }
training: { batchSize: 128, steps: 100 }
methods: [sgd, adam]
tuning: { seeds: 1, space: { learningRate: [0.1], weightDecay: [0.0001] } }
trials: 3
`;
    writeFileSync(file, text("experiment: E2\n"));
    expect(of(file, "paper")).toEqual(["training.steps"]);
    writeFileSync(file, text(""));
    expect(of(file, "paper")).toEqual([]);
  });
});
