import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { loadConfig, type ResolvedConfig } from "../../src/config/load.js";
import { shippedConfigs } from "../../src/config/shipped.js";
import { tuningBox, tuningSpace } from "../../src/config/tuning.js";
import { scratchFolder, userError } from "../support/folder.js";
import { BASE, configWriter } from "./fixtures.js";

const write = configWriter(scratchFolder());
const RANGES = BASE.replace("learningRate: [0.1, 0.01]", "learningRate: { from: 1e-4, to: 1 }")
  .replace("weightDecay: [0.0001]", "weightDecay: { from: 1e-6, to: 1e-2 }")
  .replace("{ learningRate: [0.001] }", "{ learningRate: { from: 1e-5, to: 0.1 } }");
const load = (text: string, ...set: string[]): ResolvedConfig => loadConfig({ config: write(text), set });
function message(text: string, ...set: string[]): string {
  const config = write(text);
  return userError(() => loadConfig({ config, set })).message.replaceAll(config, "FILE");
}

describe("ranges", () => {
  test("are searched by the strategies that are no grid, with their usual budgets", () => {
    const bayes = load(RANGES, "tuning.strategy=bayes");
    expect(bayes.tuning).toMatchObject({
      budget: 30,
      bayes: { prior: "botorch-2021", beta: 0.1, initial: 5, iterations: 25, countInit: false },
    });
    expect(tuningBox(bayes, "sgd")).toEqual({
      learningRate: { from: 1e-4, to: 1 },
      weightDecay: { from: 1e-6, to: 1e-2 },
    });
    expect(tuningBox(bayes, "adam").learningRate).toEqual({ from: 1e-5, to: 0.1 });
    expect(load(RANGES, "tuning.strategy=bayes", "tuning.bayes.countInit=true").tuning.budget).toBe(25);
    expect(load(RANGES, "tuning.strategy=random").tuning).toMatchObject({ budget: 25 });
    expect(load(RANGES, "tuning.strategy=sobol", "tuning.budget={minutes: 5}").tuning.budget).toEqual({
      minutes: 5,
      atMost: 100,
    });
  });

  test("with a grid are an error with line and hint", () => {
    expect(message(RANGES.replace("methods: [sgd, adam, metamd]", "methods: [sgd]"))).toBe(
      [
        "FILE:11 tuning.space: given ranges in learningRate, weightDecay, but strategy grid",
        "  accepted: lists of values",
        "  hint: list values, like --set tuning.space='{learningRate: [1,0.0001], weightDecay: [0.01,0.000001]}', " +
          "or --set tuning.strategy=bayes",
      ].join("\n"),
    );
    const one = RANGES.replace("methods: [sgd, adam, metamd]", "methods: [sgd]").replace(
      "{ from: 1e-4, to: 1 }",
      "[1]",
    );
    expect(message(one)).toBe(
      [
        "FILE:13 tuning.space.weightDecay: given a range, but strategy grid",
        "  accepted: a list of values",
        "  hint: list values, like --set tuning.space.weightDecay=[0.01,0.000001], or --set tuning.strategy=bayes",
      ].join("\n"),
    );
  });

  test("that are none are named", () => {
    const wrong = (range: string): string => message(RANGES.replace("{ from: 1e-4, to: 1 }", range));
    expect(wrong("{ from: 1 }")).toContain("FILE:12 tuning.space.learningRate: given from alone\n");
    expect(wrong("{ from: 2, to: 1 }")).toContain("tuning.space.learningRate: given from 2 above to 1\n");
    expect(wrong("{}")).toContain("tuning.space.learningRate: given neither values nor a range\n");
    expect(wrong("{ from: 0, to: 1 }")).toContain(
      "tuning.space.learningRate.from: given 0\n  accepted: numbers above 0",
    );
    expect(wrong("{ form: 1 }")).toContain("tuning.space.learningRate.form: unknown key");
    expect(wrong("{ values: [1, 1] }")).toContain("tuning.space.learningRate.values[1]: given 1 twice");
  });
});

describe("lists", () => {
  test("with another strategy are an error with line and hint, also those of a method that takes part", () => {
    expect(message(BASE.replace("[sgd, adam, metamd]", "[adam]"), "tuning.strategy=bayes")).toBe(
      [
        "FILE:11 tuning.space: given lists in methods.adam.learningRate, weightDecay, but strategy bayes",
        "  accepted: ranges {from, to}",
        "  hint: give their ends, like --set tuning.space='{methods: {adam: {learningRate: {from: 0.001, to: 0.001}}}, " +
          "weightDecay: {from: 0.0001, to: 0.0001}}', or --set tuning.strategy=grid",
      ].join("\n"),
    );
  });

  test("and ranges may stand together; each strategy takes its own, and ids and hashes know no other", () => {
    const both = RANGES.replaceAll("from: 1e-", "values: [0.5], from: 1e-");
    expect(tuningSpace(load(both), "adam")).toEqual({ learningRate: [0.5], weightDecay: [0.5] });
    expect(load(both, "tuning.strategy=bayes").hash).toBe(load(RANGES, "tuning.strategy=bayes").hash);
    const lists = load(both);
    expect(lists.tuning).not.toHaveProperty("budget");
    expect(lists.hash).toBe(load(both.replaceAll(/, from: [^ ]+, to: [^ ]+ /g, " ")).hash);
  });
});

describe("what cannot go together", () => {
  test.each([
    [
      ["tuning.earlyStopping={kind: successive-halving, minSteps: 100}"],
      "--set tuning.earlyStopping.minSteps: given 100, but a tuning run has 100 steps\n  accepted: integers below 100",
    ],
  ])("%s", (set, expected) => {
    expect(message(BASE, ...set)).toContain(expected);
  });

  test.each([
    ["bayes", "25", "given with strategy bayes"],
    ["random", "{minutes: 5}", "given with a budget in minutes"],
  ])("early stopping with %s, budget %s", (strategy, budget, expected) => {
    const set = ["tuning.earlyStopping={kind: successive-halving, minSteps: 5}", `tuning.budget=${budget}`];
    expect(message(RANGES, `tuning.strategy=${strategy}`, ...set)).toContain(`tuning.earlyStopping: ${expected}`);
  });

  test.each(["0", "-1", "many", "{minutes: 0}", "{hours: 1}"])("budget %s", (budget) => {
    expect(message(RANGES, "tuning.strategy=random", `tuning.budget=${budget}`)).toContain("--set tuning.budget");
  });
});

test("RotatedMNIST can be searched by every strategy, at every size but the smallest", () => {
  const config = shippedConfigs().find((path) => path.endsWith("rotated-mnist.yaml"))!;
  for (const strategy of ["grid", "random", "sobol", "bayes"])
    for (const preset of ["paper", "extended", "desk"])
      expect(loadConfig({ config, preset, set: [`tuning.strategy=${strategy}`, "methods=all"] }).tuning.strategy).toBe(
        strategy,
      );
});

test("CIFAR10 is searched as in the paper, by 25 iterations after 5 points; by 2 and 2 at desk size", () => {
  const tuning = (preset: string): unknown => loadConfig({ config: "configs/cifar10.yaml", preset }).tuning;
  expect(tuning("paper")).toMatchObject({ strategy: "bayes", budget: 30, bayes: { initial: 5 } });
  expect(tuning("half")).toMatchObject({ strategy: "bayes", budget: 30 });
  expect(tuning("desk")).toMatchObject({ strategy: "bayes", budget: 4, bayes: { initial: 2 } });
  expect(tuning("smoke")).toMatchObject({ strategy: "grid" });
});

test.each(shippedConfigs())("%s searches the same rates for every form of MetaMD", (config) => {
  const { presets } = parse(readFileSync(config, "utf8")) as { presets: object };
  for (const preset of ["paper", ...Object.keys(presets)]) {
    const loaded = loadConfig({ config, preset });
    for (const form of ["metamd_short", "metamd_momentum"])
      expect(tuningSpace(loaded, form), `${form} in ${preset}`).toEqual(tuningSpace(loaded, "metamd"));
  }
});
