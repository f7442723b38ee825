import { describe, expect, it } from "vitest";
import { loadCertificate } from "../../src/studies/certificate/settings.js";
import { INERT_KEYS } from "../../src/config/inert-rules.js";
import { loadConfig, type ResolvedConfig } from "../../src/config/load.js";
import { rowOf } from "../../src/config/variants.js";
import { OWN_LEARNERS } from "../../src/meta/index.js";
import { OPTIMISERS } from "../../src/optimisers/index.js";
import { scratchFolder, userError } from "../support/folder.js";
import { BASE, configWriter } from "../config/fixtures.js";

const write = configWriter(scratchFolder());
const load = (text: string, set: readonly string[], preset?: string): ResolvedConfig =>
  loadConfig({ config: write(text), set, ...(preset !== undefined && { preset }) });
function refused(text: string, set: readonly string[], preset?: string): string {
  const config = write(text);
  const flags = { config, set, ...(preset !== undefined && { preset }) };
  return userError(() => loadConfig(flags)).message.replaceAll(config, "FILE");
}

const BAYES = [
  "tuning.strategy=bayes",
  "tuning.space={learningRate: {from: 1e-4, to: 1}, weightDecay: {from: 1e-6, to: 1e-2}, methods: {adam: {learningRate: {from: 1e-5, to: 0.1}}}}",
];
const PLAIN = ["methods=[sgd, adam]"];
const IMAGE = "suite.image={size: 28, channels: 1}";
/** Why a key changes nothing, and what makes it one that does; its own value comes last. */
interface Case {
  /** Default: the base. */
  readonly text?: string;
  readonly set: readonly string[];
  readonly why: string;
  readonly effective: readonly string[];
}
const kept = (value: string): Case => ({
  set: [value],
  why: "trials keep no weights to look at",
  effective: ["keepWeights=true", value],
});
const ofDataset = (dataset: string, domain: string, value: string, image: readonly string[] = []): Case => ({
  set: [value],
  why: `no domain is of ${dataset}`,
  effective: [`suite.domains=[synthetic-rotated/0, synthetic-rotated/15, ${domain}]`, ...image, value],
});
const ofBayes = (value: string, inert: string, why: string): Case => ({
  set: [...BAYES, inert, value],
  why,
  effective: [...BAYES, value],
});

const CASES: Readonly<Record<string, Case>> = {
  "model.pretrainedPrefix": {
    text: BASE.replace("{ kind: mlp, hidden: [8] }", "{ kind: resnet18 }"),
    set: ["model.pretrainedPrefix=module."],
    why: "no weights are given",
    effective: ["model.pretrained=weights.safetensors", "model.pretrainedPrefix=module."],
  },
  "suite.partition": ofDataset("rotated-mnist", "rotated-mnist/0", "suite.partition=shared"),
  "suite.photos.caltechTrain": ofDataset("caltech256", "caltech256", "suite.photos.caltechTrain=60", [IMAGE]),
  "suite.photos.petsSplit": ofDataset("pets", "pets", "suite.photos.petsSplit=paper-counts", [IMAGE]),
  "suite.photos.cropBanner": ofDataset("aircraft", "aircraft", "suite.photos.cropBanner=false", [IMAGE]),
  "suite.image.resample": {
    set: [IMAGE, "suite.image.resample=area"],
    why: "no domain has images larger than 28x28",
    effective: ["suite.image={size: 14, channels: 1}", "suite.image.resample=area"],
  },
  "suite.augmentation.metaTrain": {
    set: [...PLAIN, "suite.augmentation.metaTrain.flip=true"],
    why: "nothing is learned",
    effective: ["suite.augmentation.metaTrain.flip=true"],
  },
  "suite.classesPerTask": {
    set: [...PLAIN, "suite.classesPerTask=2"],
    why: "nothing is learned",
    effective: ["metaTraining.metamd.includeHead=false", "suite.classesPerTask=2"],
  },
  "suite.limits.classes": {
    set: ["suite.limits.classes=10"],
    why: "no domain has more than 10 classes",
    effective: ["suite.limits.classes=9"],
  },
  "training.evalEvery": {
    set: ["training.evalEvery=100"],
    why: "a tuning run has 100 steps",
    effective: ["tuning.steps=101", "training.evalEvery=100"],
  },
  "training.aucWindowSteps": {
    set: ["training.steps=2 epochs", "training.aucWindowSteps=5"],
    why: "every run is measured in epochs",
    effective: ["training.steps=2 epochs", "tuning.steps=20", "training.aucWindowSteps=5"],
  },
  "training.schedule.everySteps": {
    set: ["training.schedule={kind: step, warmupSteps: 10, everySteps: 90, factor: 0.5}"],
    why: "no run has more than 100 steps",
    effective: ["training.schedule={kind: step, warmupSteps: 10, everySteps: 89, factor: 0.5}"],
  },
  "tuning.budget": {
    set: ["tuning.budget=5"],
    why: "strategy grid tries every value",
    effective: [...BAYES, "tuning.budget=10"],
  },
  "tuning.extendGrid": {
    set: [...BAYES, "tuning.extendGrid=true"],
    why: "tuning.strategy is bayes",
    effective: ["tuning.extendGrid=true"],
  },
  "tuning.bayes": {
    set: ["tuning.bayes.beta=2"],
    why: "tuning.strategy is grid",
    effective: [...BAYES, "tuning.bayes.beta=2"],
  },
  "tuning.bayes.iterations": ofBayes(
    "tuning.bayes.iterations=3",
    "tuning.budget=9",
    "tuning.budget says how many points there are",
  ),
  "tuning.bayes.countInit": ofBayes(
    "tuning.bayes.countInit=true",
    "tuning.budget=9",
    "tuning.budget says how many points there are",
  ),
  "tuning.bayes.prior": ofBayes(
    "tuning.bayes.prior=botorch-2024",
    "tuning.budget=5",
    "all 5 points of the search are initial ones",
  ),
  "tuning.bayes.beta": ofBayes(
    "tuning.bayes.beta=2",
    "tuning.budget={minutes: 1, atMost: 4}",
    "all 4 points of the search",
  ),
  "analysis.images": kept("analysis.images=10"),
  "analysis.lanczosSteps": kept("analysis.lanczosSteps=10"),
  "analysis.eigenvalues": kept("analysis.eigenvalues=1"),
  "analysis.tolerance": kept("analysis.tolerance=0.1"),
  "analysis.products": kept("analysis.products=central"),
  "analysis.landscape": kept("analysis.landscape.points=5"),
  "analysis.rank": kept("analysis.rank.splits=[test]"),
};

const ALL = "methods=all";
const metamd = (method: string): Readonly<Record<string, Case>> => ({
  [`metaTraining.${method}.earlyStopLoss`]: {
    set: [`methods=[${method}]`, `metaTraining.${method}={innerSteps: 50, earlyStopLoss: 0.05}`],
    why: "inner runs have 50 steps, and convergence is seen over 50",
    effective: [`methods=[${method}]`, `metaTraining.${method}={innerSteps: 51, earlyStopLoss: 0.05}`],
  },
  [`metaTraining.${method}.regulariserPower`]: {
    set: [`methods=[${method}]`, `metaTraining.${method}={gamma: 0, regulariserPower: 2}`],
    why: "gamma is 0",
    effective: [`methods=[${method}]`, `metaTraining.${method}={regulariserPower: 2}`],
  },
});
const aruba = (key: string, value: string): Readonly<Record<string, Case>> => ({
  [`metaTraining.aruba.${key}`]: {
    set: [ALL, `metaTraining.aruba.${key}=${value}`],
    why: "no initial weights are learned",
    effective: [ALL, `metaTraining.aruba={learnInit: true, ${key}: ${value}}`],
  },
});
const unrolled = (method: string): Readonly<Record<string, Case>> => ({
  [`metaTraining.${method}.firstOrder`]: {
    set: [ALL, `metaTraining.${method}={unrollSteps: 1, firstOrder: true}`],
    why: "one step is differentiated through, which needs no Hessian",
    effective: [ALL, `metaTraining.${method}={unrollSteps: 1, learnInit: true, firstOrder: true}`],
  },
});
const sgd = (method: string, key: string, value: string): Readonly<Record<string, Case>> => ({
  [`methodSettings.${method}.${key}`]: {
    set: [ALL, `methodSettings.${method}={momentum: 0, ${key}: ${value}}`],
    why: "momentum is 0",
    effective: [ALL, `methodSettings.${method}={momentum: 0.5, ${key}: ${value}}`],
  },
});
const METHOD_CASES: Readonly<Record<string, Case>> = {
  ...metamd("metamd"),
  ...metamd("metamd_short"),
  ...aruba("reptileRate", "0.2"),
  ...aruba("annealed", "false"),
  ...unrolled("meta_sgd"),
  ...unrolled("meta_curvature"),
  ...sgd("sgd", "dampening", "0.1"),
  ...sgd("sgd", "nesterov", "true"),
  ...sgd("sgd_momentum", "dampening", "0.1"),
  ...sgd("sgd_momentum", "nesterov", "true"),
};

describe("a key that can change nothing", () => {
  it("has a case here, whatever rule finds it", () => {
    const tables = { metaTraining: OWN_LEARNERS, methodSettings: OPTIMISERS };
    const ofMethods = Object.entries(tables).flatMap(([group, methods]) =>
      Object.entries<{ readonly inert?: object }>(methods).flatMap(([method, { inert = {} }]) =>
        Object.keys(inert).map((key) => `${group}.${method}.${key}`),
      ),
    );
    expect(Object.keys(CASES)).toEqual(Object.keys(INERT_KEYS));
    expect(Object.keys(METHOD_CASES).sort()).toEqual(ofMethods.sort());
  });

  it.each(Object.entries({ ...CASES, ...METHOD_CASES }))("%s", (key, { text = BASE, set, why, effective }) => {
    const message = refused(text, set);
    expect(message).toContain(`--set ${key}: given `);
    expect(message).toContain(`, which has no effect: ${why}`);
    expect(message).toMatch(/\n {2}hint: leave it out, or \w/);
    expect(message.match(/--set/g)).toHaveLength(1);
    expect(() => load(text, effective)).not.toThrow();
  });

  it("is named with its line, its value, and what to do", () => {
    const text = BASE.replace("  steps: 100", "  steps: 100\n  evalEvery: 200");
    expect(refused(text, [])).toBe(
      "FILE:9 training.evalEvery: given 200, which has no effect: a tuning run has 100 steps\n" +
        "  hint: leave it out, or lower it",
    );
  });

  it("is no default", () => {
    expect(load(BASE, ["training.steps=2 epochs"]).training.aucWindowSteps).toBe(50);
    expect(load(BASE, PLAIN).metaTraining.metamd.earlyStopLoss).toBe(0);
  });
});

describe("a key beside presets and flags", () => {
  const BY_BAYES = BASE.replace("tuning:\n", "tuning:\n  strategy: bayes\n  bayes: { beta: 2 }\n")
    .replace("learningRate: [0.1, 0.01]", "learningRate: { values: [0.1], from: 1.0e-4, to: 1 }")
    .replace("weightDecay: [0.0001]", "weightDecay: { values: [0], from: 1.0e-6, to: 1.0e-2 }")
    .replace("learningRate: [0.001]", "learningRate: { values: [0.001], from: 1.0e-6, to: 1 }")
    .replace("learningRate: [0.5]", "learningRate: { from: 0.1, to: 1 }");

  it("that had an effect where it was written may lose it by what is laid over", () => {
    expect(load(BY_BAYES, []).tuning.bayes).toMatchObject({ beta: 2 });
    expect(load(BY_BAYES, ["tuning.strategy=grid"]).tuning).not.toHaveProperty("bayes");
    const desk = BY_BAYES.replace(
      "desk:\n    training: { steps: 10 }\n    tuning: {",
      "desk:\n    tuning: { strategy: sobol,",
    );
    expect(load(desk, [], "desk").tuning.strategy).toBe("sobol");
  });

  it("may get its effect from what is laid over", () => {
    const flagsInAnyOrder = ["tuning.bayes.beta=2", ...BAYES];
    expect(load(BASE, flagsInAnyOrder).tuning.bayes).toMatchObject({ beta: 2 });
    const wide = BASE.replace("  steps: 100\n", "  steps: 100\n  evalEvery: 10\n");
    expect(load(wide, []).training.evalEvery).toBe(10);
    // The preset's runs are as short: its file's key has lost its effect, as above; its own would be a slip.
    expect(load(wide, [], "desk").training.evalEvery).toBe(10);
    const own = wide.replace("training: { steps: 10 }", "training: { steps: 10, evalEvery: 20 }");
    expect(refused(own, [], "desk")).toContain("presets.desk.training.evalEvery: given 20, which has no effect");
    expect(() => load(own, [])).not.toThrow();
  });

  it("of a method that is not compared may wait in a file, and is a slip in a flag", () => {
    const waiting = BASE.replace("methods: { adam:", "methods: { rmsprop: { learningRate: [0.01] }, adam:").replace(
      "trials: 2",
      "metaTraining: { l2o: { episodes: 2 } }\nmethodSettings: { rmsprop: { alpha: 0.9 } }\ntrials: 2",
    );
    expect(() => load(waiting, [])).not.toThrow();
    for (const [set, why] of [
      [
        "tuning.space.methods.rmsprop.learningRate=[1]",
        "rmsprop is not compared\n  hint: leave it out, or add rmsprop to methods",
      ],
      ["methodSettings.rmsprop.alpha=0.8", "rmsprop is not compared"],
      ["metaTraining.l2o.episodes=3", "no method that is compared is learned so"],
    ] as const) {
      expect(refused(waiting, [set])).toContain(why);
      expect(() => load(waiting, ["methods=all", set])).not.toThrow();
    }
  });

  it("of a method whose learned file is given is a slip in the same place, and none under the flag that gives it", () => {
    const learned = "metaTraining: { metamd: { outerSteps: 2 } }\n";
    const text = BASE.replace("trials: 2", `${learned}trials: 2`);
    expect(() => load(text, ["learnedFiles.metamd=x.safetensors"])).not.toThrow();
    const given = BASE.replace("trials: 2", `${learned}learnedFiles: { metamd: x.safetensors }\ntrials: 2`);
    expect(refused(given, [])).toBe(
      'FILE:15 metaTraining.metamd: given {"outerSteps":2}, which has no effect: learnedFiles has what metamd learned\n' +
        "  hint: leave it out, or leave learnedFiles.metamd out",
    );
  });
});

describe("keys of variants", () => {
  const TEXT = BASE.replace(
    "trials: 2",
    `metaTraining: { metamd: { innerSteps: 100, earlyStopLoss: 0.05 } }
variants: { short: { of: metamd, metaTraining: { innerSteps: 20 } } }
trials: 2`,
  );

  it("that all rows share must change nothing in any of them", () => {
    expect(() => load(TEXT, [])).not.toThrow();
    expect(refused(TEXT.replace("innerSteps: 100", "innerSteps: 40"), [])).toContain(
      "metaTraining.metamd.earlyStopLoss: given 0.05, which has no effect: inner runs have 40 steps",
    );
  });

  it("of a method that is no row itself reach them", () => {
    const text = BASE.replace(
      "trials: 2",
      "variants: { late: { of: kfac, methodSettings: { inverseEvery: 7 } } }\ntrials: 2",
    );
    const loaded = load(text, ["methodSettings.kfac.damping=0.5"]);
    expect(rowOf(loaded, "kfac/late").settings).toMatchObject({ damping: 0.5, inverseEvery: 7 });
    expect(load(text, []).methodSettings).not.toHaveProperty("kfac");
  });

  it("of their own are looked at by themselves", () => {
    const own = TEXT.replace("innerSteps: 20 }", "innerSteps: 20, earlyStopLoss: 0.1 }");
    expect(refused(own, [])).toContain(
      "FILE:16 variants.short.metaTraining.earlyStopLoss: given 0.1, which has no effect: inner runs have 20 steps",
    );
  });
});

it("the certificate's learning has the same rules", () => {
  const config = "configs/certificate.yaml";
  const set = ["softmax.learning.innerSteps=20", "softmax.learning.earlyStopLoss=0.1"];
  expect(userError(() => loadCertificate({ config, set })).message).toContain(
    "--set softmax.learning.earlyStopLoss: given 0.1, which has no effect: inner runs have 20 steps",
  );
  expect(() => loadCertificate({ config, set: ["softmax.learning.innerSteps=20"] })).not.toThrow();
});
