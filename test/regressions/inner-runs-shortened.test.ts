import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { loadConfig } from "../../src/config/load.js";
import { shippedConfigs } from "../../src/config/shipped.js";

/** Every preset of every shipped config that learns MetaMD, with what it is learned with. */
const learned = shippedConfigs().flatMap((path) => {
  const { presets = {} } = parse(readFileSync(path, "utf8"), { merge: true }) as { presets?: object };
  return ["paper", ...Object.keys(presets)].flatMap((preset) => {
    const config = loadConfig({ config: path, preset });
    const learns = config.methods.includes("metamd") && config.learnedFiles?.metamd === undefined;
    const { metamd } = config.metaTraining;
    return learns ? [{ name: `${basename(path, ".yaml")} ${preset}`, preset, config, metamd }] : [];
  });
});

/** The paper's inner runs go on to convergence on RotatedMNIST and on the sets at 224x224. */
const toConvergence =
  /^(rotated-mnist|high-resolution|landscape|ablation) |^landscape-digits (paper|desk|smoke)$|highres$/;

describe("inner runs of MetaMD", () => {
  it.each(learned)("of $name", ({ name, metamd }) => {
    // A converged run is one whose last 50 steps say so: shorter ones can't be stopped.
    if (toConvergence.test(name)) expect(metamd.earlyStopLoss).toBe(0.05);
    else if (metamd.innerSteps >= 50) expect([metamd.innerSteps, metamd.earlyStopLoss]).toEqual([500, 0]);
    else expect(metamd.earlyStopLoss).toBe(0);
  });

  it("have the paper's T where it states one", () => {
    const whole = learned.filter(({ metamd }) => metamd.innerSteps === 500 && metamd.earlyStopLoss === 0);
    expect(whole.map(({ name }) => name)).toEqual([
      ...["cifar10 paper", "cifar10 half", "cifar10 literal"],
      ...["diverse-digits paper", "diverse-digits extended", "diverse-digits short", "diverse-digits literal"],
      ...["landscape-digits lenet", "weight-decay paper", "weight-decay literal"],
    ]);
  });
});

describe("preset literal", () => {
  const literal = learned.filter(({ preset }) => preset === "literal");

  it("is in every config of the paper that learns MetaMD", () => {
    const ofPaper = learned.filter(({ preset, config }) => preset === "paper" && config.experiment !== undefined);
    expect(literal.map(({ config }) => config.name)).toEqual(ofPaper.map(({ config }) => config.name));
    expect(literal).toHaveLength(6);
  });

  it.each(literal)("differs from the paper preset in what MetaMD leaves open, $name", ({ config }) => {
    const paper = learned.find((one) => one.preset === "paper" && one.config.name === config.name)!.config;
    const metamd = {
      ...paper.metaTraining.metamd,
      normalise: false,
      initialisation: { kind: "random", scale: 0.3 },
      inverse: { kind: "neumann", alpha: "from-m", terms: 20, scaled: true },
      gamma: 1e-2,
      metaLearningRate: 0.3,
    };
    expect(config.resolved).toEqual({
      ...paper.resolved,
      metaTraining: { ...(paper.resolved.metaTraining as object), metamd },
    });
  });

  it("has a row of its own in the ablation, with the same settings", () => {
    const { variants = {} } = loadConfig({ config: "configs/ablation.yaml" });
    const { metaTraining } = loadConfig({ config: "configs/rotated-mnist.yaml", preset: "literal" });
    expect(metaTraining.metamd).toMatchObject(variants.literal!.metaTraining!);
  });
});
