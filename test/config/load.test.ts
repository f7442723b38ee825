import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { loadConfig } from "../../src/config/load.js";
import { shippedConfigs } from "../../src/config/shipped.js";
import { holdoutOf, holdouts } from "../../src/config/suite.js";
import { tuningSpace } from "../../src/config/tuning.js";
import { createMetaLearner } from "../../src/meta/index.js";
import { isLearned, learnerOf, PAPER_METHODS, type OwnLearnerId } from "../../src/optimisers/index.js";
import { gridPoints } from "../../src/tuning/space.js";
import { scratchFolder, userError } from "../support/folder.js";
import { BASE, configWriter } from "./fixtures.js";

const write = configWriter(scratchFolder());
const base = write(BASE);

describe("a config", () => {
  it("takes another kind of model from a flag or a preset, without what only the kind before has", () => {
    const models = (...set: string[]): unknown => loadConfig({ config: base, set }).resolved.model;
    expect(models("model.kind=lenet")).toEqual(
      loadConfig({ config: write(BASE.replace(/^model: .*$/m, "model: { kind: lenet }")) }).resolved.model,
    );
    expect(models("model={kind: resnet18s, width: 4}")).toMatchObject({ kind: "resnet18s", width: 4 });
    const narrow = write(BASE.replace(/^model: .*$/m, "model: { kind: resnet18, width: 4 }"));
    expect(loadConfig({ config: narrow, set: ["model.kind=resnet18s"] }).resolved.model).toMatchObject({
      kind: "resnet18s",
      width: 4,
    });
    expect(userError(() => models("model.kind=lenet", "model.hidden=[4]")).message).toContain("--set model.hidden");
    expect(userError(() => models("model.width=4")).message).toContain("model.width");
  });

  it("has every default filled in", () => {
    const config = loadConfig({ config: base });
    expect(config.resolved).toEqual({
      name: "small",
      suite: {
        domains: ["synthetic-rotated/0", "synthetic-rotated/15"],
        protocol: "leave-one-out",
        partition: "shared",
        augmentation: { metaTrain: { crop: 0, flip: false }, metaTest: { crop: 0, flip: false } },
        normalise: "none",
        limits: {},
      },
      model: { kind: "mlp", hidden: [8] },
      training: {
        batchSize: 20,
        lastBatch: "drop",
        steps: 100,
        schedule: { kind: "constant", warmupSteps: 0 },
        aucWindowSteps: 50,
        divergenceLoss: 10000,
      },
      methods: ["sgd", "adam", "metamd"],
      methodSettings: expect.objectContaining({
        adam: { beta1: 0.9, beta2: 0.999, eps: 1e-8, amsgrad: false },
        metamd: { momentum: 0 },
      }) as object,
      metaTraining: expect.objectContaining({
        metamd: expect.objectContaining({ outerSteps: 25, innerSteps: 500, gamma: 0.001, cap: 30 }) as object,
      }) as object,
      tuning: {
        strategy: "grid",
        seeds: 1,
        split: "validation",
        space: {
          learningRate: [0.1, 0.01],
          weightDecay: [0.0001],
          methods: { adam: { learningRate: [0.001] } },
        },
      },
      trials: 2,
      seed: 0,
    });
    expect(Object.keys(config.methodSettings)).toEqual(config.methods);
    expect(config).toMatchObject({ file: base, preset: "paper", experimentFolder: "small" });
  });

  it("takes presets over the file, and --set and --seed over both", () => {
    const desk = loadConfig({ config: base, preset: "desk" });
    expect(desk.training).toMatchObject({ batchSize: 20, steps: 10 });
    expect(desk.tuning.space.learningRate).toEqual([0.5]);
    expect(desk).toMatchObject({ preset: "desk", experimentFolder: "small-desk" });
    const set = [
      "training.steps=7",
      "model={kind: mlp, hidden: [3, 4]}",
      "training.steps = 8",
      "methodSettings.adam.eps=1e-7",
    ];
    const over = loadConfig({ config: base, preset: "desk", set, seed: 5 });
    expect(over.training.steps).toBe(8);
    expect(over.model).toEqual({ kind: "mlp", hidden: [3, 4] });
    expect(over.methodSettings.adam).toMatchObject({ eps: 1e-7, beta1: 0.9 });
    expect(over.seed).toBe(5);
  });

  it("has a hash of what decides numbers, not of names", () => {
    const hash = (...set: string[]) => loadConfig({ config: base, set }).hash;
    expect(hash()).toMatch(/^[0-9a-f]{16}$/);
    expect(hash("name=other", "title=Other", "table=t", "experiment=E9")).toBe(hash());
    expect(hash("trials=2", "tuning.seeds=1")).toBe(hash());
    expect(hash("methodSettings.sgd={}")).toBe(hash());
    expect(hash("keepWeights=true", "analysis.lanczosSteps=5")).toBe(hash());
    const different = ["seed=1", "training.steps=99", "methodSettings.adam.eps=1e-7", "suite.limits.trainImages=10"];
    const hashes = [hash(), ...different.map((one) => hash(one))];
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it("keeps what no run depends on out of what plans and records hold", () => {
    const config = loadConfig({ config: base, set: ["keepWeights=true", "analysis.landscape.points=11"] });
    expect(config.keepWeights).toBe(true);
    expect(config.analysis).toEqual({
      images: 1024,
      lanczosSteps: 30,
      eigenvalues: 3,
      tolerance: 1e-3,
      products: "exact",
      landscape: { from: -1, to: 1, points: 11 },
      rank: { splits: ["test", "train"] },
    });
    expect(config.resolved).toEqual(loadConfig({ config: base }).resolved);
    expect(Object.keys(config.resolved)).not.toContain("analysis");
  });

  it("keeps keys with dangerous names out of prototypes", () => {
    expect(() => loadConfig({ config: base, set: ["__proto__.trials=9"] })).toThrow("--set __proto__: unknown key");
    expect(() => loadConfig({ config: write(`${BASE}__proto__: { trials: 9 }\n`) })).toThrow("__proto__: unknown key");
    expect(({} as { trials?: number }).trials).toBeUndefined();
  });

  it("may use anchors", () => {
    const config = loadConfig({
      config: write(BASE.replace("steps: 100", "steps: &n 60").replace("trials: 2", "trials: *n")),
    });
    expect(config.trials).toBe(60);
  });
});

describe("suite", () => {
  const config = (protocol: string) =>
    loadConfig({ config: base, set: [`suite.protocol=${protocol}`, "methods=[sgd]"] });

  it("holds out each domain in turn, or those named", () => {
    expect(holdouts(config("leave-one-out"))).toEqual([
      { holdout: "synthetic-rotated/0", metaTrain: ["synthetic-rotated/15"] },
      { holdout: "synthetic-rotated/15", metaTrain: ["synthetic-rotated/0"] },
    ]);
    const fixed = [{ holdout: "synthetic-rotated/15", metaTrain: ["synthetic-rotated/0"] }];
    expect(holdouts(config("{metaTest: [synthetic-rotated/15]}"))).toEqual(fixed);
    expect(holdouts(config("{metaTest: [synthetic-rotated/15], metaTrain: [synthetic-rotated/0]}"))).toEqual(fixed);
  });

  it("finds a holdout by its name or the name's last part", () => {
    const suite = config("{metaTest: [synthetic-rotated/15]}");
    expect(holdoutOf(suite, "15")).toBe("synthetic-rotated/15");
    expect(holdoutOf(suite, "synthetic-rotated/15")).toBe("synthetic-rotated/15");
    expect(() => holdoutOf(suite, "0")).toThrow(
      '--holdout: given "0", which this experiment does not hold out\n  accepted: synthetic-rotated/15\n' +
        "  hint: choose one of these, or another --config",
    );
  });

  it("gives a method its own axes", () => {
    const loaded = loadConfig({ config: base });
    expect(tuningSpace(loaded, "sgd")).toEqual({ learningRate: [0.1, 0.01], weightDecay: [0.0001] });
    expect(tuningSpace(loaded, "adam")).toEqual({ learningRate: [0.001], weightDecay: [0.0001] });
  });
});

describe("tasks of some classes", () => {
  it("have no classifier to learn anything for", () => {
    const set = ["suite.classesPerTask=2"];
    expect(userError(() => loadConfig({ config: base, set })).message).toMatch(
      /metaTraining\.metamd\.includeHead: given true\n {2}accepted: false where suite\.classesPerTask is given/,
    );
    const loaded = loadConfig({ config: base, set: [...set, "metaTraining.metamd.includeHead=false"] });
    expect(loaded.suite.classesPerTask).toBe(2);
    expect(loadConfig({ config: base, set: [...set, "methods=[sgd]"] }).methods).toEqual(["sgd"]);
  });
});

describe("shipped configs", () => {
  it.each(shippedConfigs())("%s is sound in every preset", (config) => {
    const { presets } = parse(readFileSync(config, "utf8")) as { presets: object };
    expect(Object.keys(presets)).toContain("smoke");
    for (const preset of ["paper", ...Object.keys(presets)]) expect(loadConfig({ config, preset }).preset).toBe(preset);
  });

  it.each(shippedConfigs())("%s tunes with two seeds or more, but where it is made small", (config) => {
    const { presets } = parse(readFileSync(config, "utf8")) as { presets: object };
    const whole = Object.keys(presets).filter((preset) => !/desk|synthetic|smoke/.test(preset));
    for (const preset of ["paper", ...whole])
      expect(loadConfig({ config, preset }).tuning.seeds, preset).toBeGreaterThanOrEqual(2);
  });

  it("rotated-mnist has ten trials where grids are wide enough for a lead to mean something", () => {
    expect(loadConfig({ config: "configs/rotated-mnist.yaml", preset: "extended" }).trials).toBe(10);
  });

  const A7 = [0.1, 0.01, 0.005, 0.001, 0.0005, 0.0001];
  const E5 = [0.1, 0.01, 0.001, 0.0001];
  it.each([
    ["rotated-mnist", A7, ["l2o", "aruba", "aruba_plus"]],
    ["diverse-digits", A7, ["l2o", "aruba", "aruba_plus"]],
    ["high-resolution", E5, ["aruba", "aruba_plus", "meta_curvature", "metamd"]],
  ])("%s multiplies what was learned by the paper's rates, in extended by 1, 5 and 10 too", (name, rates, methods) => {
    for (const method of methods) {
      const ratesOf = (preset: string): number[] => {
        const config = loadConfig({ config: `configs/${name}.yaml`, preset, set: ["methods=all"] });
        return [...new Set(gridPoints(tuningSpace(config, method)).map(({ learningRate }) => learningRate!))];
      };
      expect(ratesOf("paper"), method).toEqual(rates);
      expect(ratesOf("extended"), method).toEqual([10, 5, 1, ...rates]);
    }
  });

  it("rotated-mnist has the paper's grids and the desk preset's size", () => {
    const runs = (preset: string) => {
      const config = loadConfig({ config: "configs/rotated-mnist.yaml", preset });
      const points = config.methods.map((method) => gridPoints(tuningSpace(config, method)).length);
      return { points, seeds: config.tuning.seeds, trials: config.trials, holdouts: holdouts(config).length };
    };
    expect(runs("paper")).toEqual({ points: [15, 15, 15, 15, 18, 18, 18], seeds: 2, trials: 3, holdouts: 6 });
    expect(runs("desk")).toEqual({ points: [3, 3, 3, 3, 3, 3, 3], seeds: 2, trials: 2, holdouts: 6 });
    expect(runs("smoke")).toEqual({ points: [1, 1, 1, 1, 1, 1, 1], seeds: 1, trials: 1, holdouts: 6 });
    const desk = loadConfig({ config: "configs/rotated-mnist.yaml", preset: "desk" });
    expect(desk).toMatchObject({
      table: "table1_top",
      suite: { limits: { trainImages: 2000, validationImages: 500, testImages: 1000 } },
      model: { hidden: [32, 32] },
      training: { batchSize: 64, steps: 100 },
      metaTraining: { metamd: { outerSteps: 10, innerSteps: 10 } },
    });
  });

  it.each([
    ["rotated-mnist", 5, ["methods=all"]],
    ["diverse-digits", 5, ["methods=all"]],
    ["cifar10", 7, []],
    ["high-resolution", 3, []],
  ])("no method of %s has more gradients than MetaMD to learn from", (name, tasks, set) => {
    for (const preset of ["paper", "desk"]) {
      const { metaTraining, methods } = loadConfig({ config: `configs/${name}.yaml`, preset, set });
      const learners = methods.flatMap((id) => (isLearned(id) ? [learnerOf(id) as OwnLearnerId] : []));
      const budget = (method: OwnLearnerId): number => createMetaLearner(method, metaTraining[method]).budget(tasks);
      const most = budget("metamd");
      expect(learners.length).toBeGreaterThan(1);
      for (const method of learners) {
        expect(budget(method), `${method} ${preset}`).toBeLessThanOrEqual(most);
        expect(budget(method), `${method} ${preset}`).toBeGreaterThan(0.8 * most);
      }
    }
  });

  it.each([
    ["diverse-digits", { table: "table1_bottom", methods: 7, holdouts: 6, metaTrain: 5 }],
    ["cifar10", { table: "table2", methods: 8, holdouts: 1, metaTrain: 7 }],
    ["high-resolution", { table: "table3", methods: 9, holdouts: 4, metaTrain: 3 }],
  ])("%s makes its table in every preset", (name, expected) => {
    for (const preset of ["paper", "desk", "smoke"]) {
      const config = loadConfig({ config: `configs/${name}.yaml`, preset });
      const tested = holdouts(config);
      const { table, methods } = config;
      const found = { table, methods: methods.length, holdouts: tested.length, metaTrain: tested[0]!.metaTrain.length };
      expect(found).toEqual(expected);
    }
    expect(
      loadConfig({ config: `configs/${name}.yaml`, preset: "synthetic" }).suite.domains.every((id) =>
        id.startsWith("synthetic-"),
      ),
    ).toBe(true);
  });

  it("all is the paper's fourteen methods", () => {
    const { methods } = loadConfig({ config: "configs/rotated-mnist.yaml", set: ["methods=all"] });
    expect(methods).toEqual([...PAPER_METHODS]);
    expect(new Set(methods).size).toBe(14);
  });
});
