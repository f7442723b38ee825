import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.js";
import type { ConfigFlags } from "../../src/config/read-config.js";
import { domainIds } from "../../src/data/domain.js";
import { EXIT } from "../../src/core/errors.js";
import { METHOD_IDS } from "../../src/optimisers/index.js";
import { scratchFolder, userError } from "../support/folder.js";
import { BASE, configWriter } from "./fixtures.js";

const folder = scratchFolder();
const write = configWriter(folder);
const base = write(BASE);

/** The whole message about BASE with one text replaced, its file named FILE. */
function message(from: string, to: string, flags: ConfigFlags = {}): string {
  expect(BASE).toContain(from);
  return messageOf(write(BASE.replace(from, to)), flags);
}
function messageOf(config: string, flags: ConfigFlags = {}): string {
  const error = userError(() => loadConfig({ ...flags, config }));
  expect(error.exitCode).toBe(EXIT.usage);
  return error.message.replaceAll(config, "FILE");
}
const fault = (where: string, accepted: string, hint: string): string =>
  `${where}\n  accepted: ${accepted}\n  hint: ${hint}`;
const TRAINING = "batchSize, lastBatch, steps, evalEvery, schedule, aucWindowSteps, divergenceLoss";
const TOP =
  "name, title, table, experiment, plugins, suite, model, training, methods, variants, methodSettings, metaTraining, learnedFiles, tuning, trials, trialWeightDecays, seed, keepWeights, engine, analysis, presets";

describe("a wrong value in the file", () => {
  it.each([
    [
      "unknown key",
      "batchSize: 20",
      "batchsize: 20",
      "FILE:7 training.batchsize: unknown key",
      TRAINING,
      "did you mean batchSize?",
    ],
    ["unknown key, none near", "trials: 2", "zzzzzzzz: 2", "FILE:15 zzzzzzzz: unknown key", TOP, "leave it out"],
    [
      "missing key",
      "  batchSize: 20\n",
      "",
      "FILE:6 training.batchSize: missing",
      "integers above 0",
      "add it to the file, or --set training.batchSize=128",
    ],
    [
      "learning rate 0",
      "[0.1, 0.01]",
      "[0.1, 0.01, 0]",
      "FILE:12 tuning.space.learningRate[2]: given 0",
      "numbers above 0",
      "fix the file, or --set tuning.space.learningRate=[0.1,0.01]",
    ],
    [
      "learning rate below 0",
      "[0.1, 0.01]",
      "\n      - 0.1\n      - 0.01\n      - -0.1",
      "FILE:15 tuning.space.learningRate[2]: given -0.1",
      "numbers above 0",
      "fix the file, or --set tuning.space.learningRate=[0.1,0.01]",
    ],
    [
      "weight decay below 0",
      "weightDecay: [0.0001]",
      "weightDecay: [-1]",
      "FILE:13 tuning.space.weightDecay[0]: given -1",
      "numbers from 0",
      "fix the file, or --set tuning.space.weightDecay=[0.0001]",
    ],
    [
      "a method's learning rate",
      "[0.001]",
      "[-1]",
      "FILE:14 tuning.space.methods.adam.learningRate[0]: given -1",
      "numbers above 0",
      "fix the file, or --set tuning.space.methods.adam.learningRate=[0.1,0.01]",
    ],
    [
      "a value under a name of the user's",
      "trials: 2",
      "methodSettings: { kfac: { layerInverseEvery: { fc1: 0 } } }",
      "FILE:15 methodSettings.kfac.layerInverseEvery.fc1: given 0",
      "integers above 0",
      "fix the file",
    ],
    [
      "empty grid",
      "[0.1, 0.01]",
      "[]",
      "FILE:12 tuning.space.learningRate: given []",
      "a list of numbers above 0, at least 1",
      "fix the file, or --set tuning.space.learningRate=[0.1,0.01]",
    ],
    [
      "a number for a list",
      "[0.1, 0.01]",
      "0.1",
      "FILE:12 tuning.space.learningRate: given 0.1",
      "a list of numbers above 0, or a mapping with the keys values, from, to",
      "fix the file, or --set tuning.space.learningRate=[0.1,0.01]",
    ],
    [
      "a name for a list of names",
      "[sgd, adam, metamd]",
      "adam",
      'FILE:9 methods: given "adam"',
      `all, or a list of names: ${METHOD_IDS.join(", ")}`,
      "fix the file, or --set methods=[adam]",
    ],
    [
      "a misspelt name for a list of names",
      "[sgd, adam, metamd]",
      "sgd_momentun",
      'FILE:9 methods: given "sgd_momentun"',
      `all, or a list of names: ${METHOD_IDS.join(", ")}`,
      "did you mean [sgd_momentum]?",
    ],
    [
      "a misspelt name beside a list of names",
      "[sgd, adam, metamd]",
      "alll",
      'FILE:9 methods: given "alll"',
      `all, or a list of names: ${METHOD_IDS.join(", ")}`,
      "did you mean all?",
    ],
    [
      "text for a number",
      "steps: 100",
      "steps: many",
      'FILE:8 training.steps: given "many"',
      'integers above 0, or epochs like "10 epochs"',
      "fix the file, or --set training.steps=500",
    ],
    [
      "a fraction for an integer",
      "trials: 2",
      "trials: 2.5",
      "FILE:15 trials: given 2.5",
      "integers above 0",
      "fix the file, or --set trials=3",
    ],
    [
      "nothing",
      "trials: 2",
      "trials:",
      "FILE:15 trials: given nothing",
      "integers above 0",
      "fix the file, or --set trials=3",
    ],
    [
      "infinity",
      "steps: 100",
      "steps: 100\n  divergenceLoss: .inf",
      "FILE:9 training.divergenceLoss: given .inf",
      "numbers above 0, and finite",
      "fix the file, or --set training.divergenceLoss=10000",
    ],
    [
      "an unknown method",
      "[sgd, adam, metamd]",
      "[sgd, adma]",
      'FILE:9 methods[1]: given "adma"',
      METHOD_IDS.join(", "),
      "did you mean adam?",
    ],
    [
      "an unknown domain",
      "synthetic-rotated/15]",
      "synthetic-rotatd/15]",
      'FILE:3 suite.domains[1]: given "synthetic-rotatd/15"',
      domainIds().join(", "),
      "did you mean synthetic-rotated/15?",
    ],
    [
      "an unknown model",
      "kind: mlp",
      "kind: mlpp",
      'FILE:5 model.kind: given "mlpp"',
      "mlp, lenet, resnet18s, resnet18",
      "did you mean mlp?",
    ],
    [
      "a setting of another model",
      "kind: mlp",
      "kind: lenet",
      "FILE:5 model.hidden: unknown key",
      "kind",
      "leave it out",
    ],
    [
      "an unknown protocol",
      "leave-one-out",
      "loo",
      'FILE:4 suite.protocol: given "loo"',
      "leave-one-out, or a mapping with the keys metaTest, metaTrain, sharedOnPurpose",
      "fix the file, or --set suite.protocol=leave-one-out",
    ],
    [
      "a key inside alternatives",
      "leave-one-out",
      "{ metaTest: [synthetic-rotated/0], metatrain: [] }",
      "FILE:4 suite.protocol.metatrain: unknown key",
      "metaTest, metaTrain, sharedOnPurpose",
      "did you mean metaTrain?",
    ],
    [
      "a name that is no folder",
      "name: small",
      "name: ../x",
      'FILE:1 name: given "../x"',
      "1 to 64 lower-case letters, digits, dots, _ or -, a letter or digit first",
      "fix the file, or --set name=my-experiment",
    ],
    [
      "a method's setting",
      "trials: 2",
      "trials: 2\nmethodSettings: { adam: { beta1: 1 } }",
      "FILE:16 methodSettings.adam.beta1: given 1",
      "numbers from 0 and below 1",
      "fix the file, or --set methodSettings.adam.beta1=0.9",
    ],
    [
      "a setting of meta-training",
      "trials: 2",
      "trials: 2\nmetaTraining:\n  metamd:\n    gamma: -1",
      "FILE:18 metaTraining.metamd.gamma: given -1",
      "numbers from 0",
      "fix the file, or --set metaTraining.metamd.gamma=0.001",
    ],
    [
      "a mapping's kind",
      "steps: 100",
      "steps: 100\n  schedule: { kind: cosin }",
      'FILE:9 training.schedule.kind: given "cosin"',
      "constant, step, cosine",
      "did you mean cosine?",
    ],
    [
      "a domain given twice",
      "synthetic-rotated/15]",
      "synthetic-rotated/0]",
      'FILE:3 suite.domains[1]: given "synthetic-rotated/0" twice',
      "every value once",
      "delete one of them",
    ],
    [
      "a tested domain of another suite",
      "leave-one-out",
      "{ metaTest: [mnist] }",
      'FILE:4 suite.protocol.metaTest[0]: given "mnist", which is not a domain of the suite',
      "synthetic-rotated/0, synthetic-rotated/15",
      "add it to suite.domains, or delete it here",
    ],
    [
      "a domain learned from and tested on",
      "leave-one-out",
      "{ metaTest: [synthetic-rotated/0], metaTrain: [synthetic-rotated/0] }",
      'FILE:4 suite.protocol.metaTrain[0]: given "synthetic-rotated/0", which is in metaTest too',
      "domains that are not tested on",
      "delete it in one of the lists, or say sharedOnPurpose: true",
    ],
    [
      "sharing on purpose where nothing is shared",
      "leave-one-out",
      "{ metaTest: [synthetic-rotated/0], sharedOnPurpose: true }",
      "FILE:4 suite.protocol.sharedOnPurpose: given, but no domain is both learned on and tested on",
      "nothing, where the lists have nothing in common",
      "leave it out",
    ],
    [
      "a weight decay of the trials given twice",
      "trials: 2",
      "trials: 2\ntrialWeightDecays: [0, 0.1, 0]",
      "FILE:16 trialWeightDecays[2]: given 0 twice",
      "every value once",
      "delete one of them",
    ],
    [
      "nothing to learn from",
      ", synthetic-rotated/15]",
      "]",
      "FILE:3 suite.domains: no domain left to learn metamd on when synthetic-rotated/0 is held out",
      "at least one domain besides the holdout",
      "add a domain, or take metamd out of methods",
    ],
    [
      "a line that ends before it begins",
      "trials: 2",
      "trials: 2\nanalysis: { landscape: { from: 1, to: 1 } }\nkeepWeights: true",
      "FILE:16 analysis.landscape.to: given 1",
      "numbers above analysis.landscape.from, 1",
      "raise it, or lower the other",
    ],
    [
      "a kind of product that is none",
      "trials: 2",
      "trials: 2\nanalysis: { products: forward }",
      'FILE:16 analysis.products: given "forward"',
      "exact, central",
      "fix the file, or --set analysis.products=exact",
    ],
  ])("%s", (_what, from, to, where, accepted, hint) => {
    expect(message(from, to)).toBe(fault(where, accepted, hint));
  });

  it("all of them at once", () => {
    const wrong = BASE.replace("batchSize", "batchsize")
      .replace("trials: 2", "trials: 0")
      .replace("[0.1, 0.01]", "[-1, 0]");
    expect(
      messageOf(write(wrong))
        .split("\n")
        .filter((line) => line.startsWith("FILE")),
    ).toEqual([
      "FILE:7 training.batchsize: unknown key",
      "FILE:12 tuning.space.learningRate[0]: given -1",
      "FILE:12 tuning.space.learningRate[1]: given 0",
      "FILE:15 trials: given 0",
    ]);
  });
});

describe("presets", () => {
  it("an unknown one lists those that there are", () => {
    expect(messageOf(base, { preset: "dek" })).toBe(
      fault('--preset: unknown preset "dek"', "paper, desk (in FILE)", "did you mean desk?"),
    );
  });

  it.each([["desk"], [undefined]])("a wrong value is found there, asked for (%s) or not", (preset) => {
    expect(message("training: { steps: 10 }", "training: { stepz: 10 }", { preset })).toBe(
      fault("FILE:18 presets.desk.training.stepz: unknown key", TRAINING, "did you mean steps?"),
    );
    expect(message("training: { steps: 10 }", "training: { steps: -1 }", { preset })).toBe(
      fault(
        "FILE:18 presets.desk.training.steps: given -1",
        'integers above 0, or epochs like "10 epochs"',
        "fix the file, or --set training.steps=500",
      ),
    );
  });

  it("what is wrong in the file is told once", () => {
    expect(message("  batchSize: 20\n", "").match(/batchSize: missing/g)).toHaveLength(1);
  });

  it.each([
    [
      "  desk:",
      "  paper:",
      "FILE:17 presets.paper: the name paper",
      "another name",
      "paper is the file itself: rename it",
    ],
    [
      "  desk:",
      "  My Desk:",
      'FILE:17 presets.My Desk: the name "My Desk"',
      "lower-case letters, digits, _ and -",
      "rename it",
    ],
    [
      "presets:\n",
      "more: {}\npresets: 3\nrest:\n",
      "FILE:17 presets: not a mapping",
      "presets by name",
      "write presets: {desk: {…}}",
    ],
  ])("%s as %s", (from, to, where, accepted, hint) => {
    expect(message(from, to)).toBe(fault(where, accepted, hint));
  });
});

describe("a wrong flag", () => {
  const SET = "for example --set training.steps=100";
  it.each([
    [
      "training.steps=0",
      "--set training.steps: given 0",
      'integers above 0, or epochs like "10 epochs"',
      "give --set training.steps=500",
    ],
    [
      "tuning.space.learningRate=[0.1,-1]",
      "--set tuning.space.learningRate[1]: given -1",
      "numbers above 0",
      "give --set tuning.space.learningRate=[0.1]",
    ],
    ["training.stepz=5", "--set training.stepz: unknown key", TRAINING, "did you mean steps?"],
    ["trials=", "--set trials: given nothing", "integers above 0", "give --set trials=3"],
    ["trials", '--set: given "trials"', "key.path=value", SET],
    ["=3", '--set: given the key ""', "names joined by dots", SET],
    ["a..b=3", '--set: given the key "a..b"', "names joined by dots", SET],
    [
      "presets.desk.trials=3",
      "--set: given presets.desk.trials",
      "keys of the experiment; --preset chooses a preset",
      SET,
    ],
    ["trials=[1", '--set: given "trials=[1", not valid YAML: Flow sequence must end with a ]', "a value in YAML", SET],
  ])("--set %s", (set, where, accepted, hint) => {
    expect(messageOf(base, { set: [set] })).toBe(fault(where, accepted, hint));
  });

  it("--pretrained", () => {
    expect(messageOf(base, { pretrained: "w.safetensors" })).toMatch(
      /^--pretrained \(model\.pretrained\): unknown key\n {2}accepted: kind, hidden\n/,
    );
  });

  it("--seed", () => {
    expect(messageOf(base, { seed: -1 })).toBe(fault("--seed: given -1", "integers from 0", "give --seed 0"));
  });
});

describe("a file that is no config", () => {
  const begin = "begin with name, suite, model, training, methods and tuning; see configs/quickstart.yaml";
  it.each([
    [
      "duplicated key",
      "a: 1\nb:\n  c: 1\n  c: 2\n",
      "FILE:4: key c given twice",
      "every key once",
      "delete one of them",
    ],
    [
      "a tab",
      "a:\n\tb: 1\n",
      "FILE:2: not valid YAML: Tabs are not allowed as indentation",
      "YAML 1.2",
      "fix the file",
    ],
    ["an unknown tag", "a: !!js/function x\n", /^FILE:1: not valid YAML: Unresolved tag/, "YAML 1.2", "fix the file"],
    ["a second document", "a: 1\n---\nb: 1\n", "FILE:2: a second document", "one", "fix the file"],
    ["nothing", "# only a comment\n", "FILE: an empty file", "key: value lines", begin],
    ["a list", "- 1\n", "FILE: not a mapping at the top", "key: value lines", begin],
  ])("%s", (_what, text, where, accepted, hint) => {
    const told = messageOf(write(text));
    if (typeof where === "string") expect(told).toBe(fault(where, accepted, hint));
    else expect(told).toMatch(where);
  });

  it("a bomb of aliases", () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let i = 1; i < 9; i++)
      lines.push(
        `a${i}: &a${i} [${Array<string>(10)
          .fill(`*a${i - 1}`)
          .join(", ")}]`,
      );
    expect(messageOf(write(lines.join("\n")))).toMatch(/^FILE: Excessive alias count/);
  });

  it("no file, or none named", () => {
    const shipped =
      "a YAML file; shipped: configs/ablation.yaml, configs/cifar10.yaml, configs/diverse-digits.yaml, configs/fine-tuning.yaml, configs/high-resolution.yaml, configs/landscape-digits.yaml, configs/landscape.yaml, configs/metamd-variants.yaml, configs/pretraining.yaml, configs/quickstart.yaml, configs/rotated-mnist.yaml, configs/transfer.yaml, configs/weight-decay.yaml";
    expect(messageOf("configs/quickstat.yaml")).toBe(
      fault("FILE: no such file", shipped, "did you mean configs/quickstart.yaml?"),
    );
    mkdirSync(join(folder, "some"));
    expect(messageOf(join(folder, "some"))).toBe(fault("FILE: a folder, not a file", shipped, "name a file in it"));
    expect(userError(() => loadConfig({})).message).toBe(
      fault("--config: missing", shipped, "name the experiment with --config FILE"),
    );
  });
});

describe("what the field calls by another name", () => {
  const hintOf = (from: string, to: string, key: string): string => {
    const text = message(from, to);
    const [, hint] = new RegExp(`FILE:\\d+ ${key.replaceAll(".", "\\.")}: unknown key\\n.*\\n {2}hint: (.*)`).exec(
      text,
    )!;
    return hint!;
  };
  it.each([
    ["datasets", "did you mean suite.domains?"],
    ["optimizers", "did you mean methods?"],
    ["lr", "did you mean tuning.space.learningRate?"],
    ["weight_decay", "did you mean tuning.space.weightDecay?"],
    ["epochs", 'did you mean training.steps? It takes "10 epochs" too.'],
    ["batch_size", "did you mean training.batchSize?"],
    ["momentum", "did you mean methodSettings.sgd_momentum.momentum? Methods with momentum: metamd methods."],
    ["scheduler", "did you mean training.schedule?"],
    ["image-size", "did you mean suite.image.size?"],
    ["network", "did you mean model?"],
  ])("%s", (key, hint) => {
    expect(hintOf("trials: 2", `trials: 2\n${key}: 1`, key)).toBe(hint);
  });

  it("a key beside it is meant before one elsewhere", () => {
    expect(hintOf("batchSize: 20", "batch: 20", "training.batch")).toBe("did you mean batchSize?");
    expect(message("batchSize: 20", "batch: 20")).not.toContain("missing");
  });

  it("a model's kind alone", () => {
    expect(message("model: { kind: mlp, hidden: [8] }", "model: lenet")).toContain(
      "hint: did you mean { kind: lenet }?",
    );
  });
});
