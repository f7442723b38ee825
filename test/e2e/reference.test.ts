import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../../src/core/files.js";
import { findAddon } from "../../src/engine/backends/tensorflow/location.js";
import { readRecords, type RunRecord } from "../../src/records/index.js";
import { metamd, runProgram, start } from "../support/binary.js";
import { engineOrNone } from "../support/engines.js";
import { withoutOwnOperations } from "../support/own-operations.js";
import { scratchFolder } from "../support/folder.js";
import { mainIn } from "../support/main.js";
import { drill, everything, realData } from "../support/require.js";

const reference = join(packageRoot(), "results", "reference");
const folder = scratchFolder();
/** What is kept with its records, and the tables beside them. */
const kept = readdirSync(reference).filter((name) => existsSync(join(reference, name, "records")));
const scriptOf = (name: string) => join(packageRoot(), "scripts", "reproduce", name);
const unpacked = await runProgram(process.execPath, [scriptOf("unpack.js"), folder, "all"]);
if (unpacked.code !== 0) throw new Error(unpacked.stderr);

drill("docs/RESULTS.md is that of the records", async () => {
  const { code, stderr } = await runProgram(process.execPath, [scriptOf("results-page.js"), "--check"]);
  expect(code, stderr).toBe(0);
});

const TABLES = ["accuracy.csv", "auc.csv"];
const tabled = kept.flatMap((name) => {
  const files = TABLES.filter((file) => existsSync(join(reference, name, file)));
  return files.length > 0 ? [[name, files] as const] : [];
});
test.each(tabled)("%s: %j are those of the records", async (name, files) => {
  const made = await mainIn(folder, "table", name, "--results", folder);
  expect(made.code, made.stderr).toBe(0);
  for (const file of files)
    expect(readFileSync(join(folder, name, file), "utf8"), file).toBe(
      readFileSync(join(reference, name, file), "utf8"),
    );
});

interface Sample {
  readonly experiment: string;
  readonly method: string;
  readonly holdout: string;
  /** The command that made the experiment, as its page has it. */
  readonly command: readonly string[];
  /** What its plan needs of real data: folders by dataset. */
  readonly data: Readonly<Record<string, string>>;
  /** How far another engine's or processor's numbers may be: of the accuracy, and of the area as a share. */
  readonly tolerance: Readonly<{ accuracy: number; auc: number }>;
}
/** Losses before rounding has grown, which it does at large learning rates (docs/measurements/rounding.md), and how far
 *  theirs may be, as a share. */
const FIRST = { steps: 5, tolerance: 1e-3 };
const E2 = {
  experiment: "rotated-mnist-extended",
  command: [
    ...[
      "rotated-mnist",
      "extended",
      "methods=[sgd,sgd_momentum,adam,rmsprop,meta_curvature,metamd,metamd_short,metamd_momentum]",
    ],
    ...["metamd_short", "metamd_momentum"].map(
      (id) => `tuning.space.methods.${id}.learningRate=[1,0.5,0.2,0.1,0.05,0.01,0.005,0.001]`,
    ),
  ],
  data: { mnist: "MNIST" },
  tolerance: { accuracy: 0.01, auc: 0.01 },
};
const DIGITS = { mnist: "MNIST", kmnist: "KMNIST", "fashion-mnist": "FashionMNIST", usps: "USPS" };
/** Cells that are made anew: each takes a second or two, and where everything is tried some seconds. */
const SAMPLED: readonly Sample[] = [
  { ...E2, method: "adam", holdout: "rotated-mnist/0" },
  { ...E2, method: "sgd_momentum", holdout: "rotated-mnist/45" },
  // Its learning rate is 1, where rounding decides how losses rise and fall.
  { ...E2, method: "metamd", holdout: "rotated-mnist/75", tolerance: { accuracy: 0.01, auc: 0.1 } },
];
const DEARER: readonly Sample[] = [
  {
    experiment: "diverse-digits-short",
    method: "adam",
    holdout: "usps",
    command: [
      ...["diverse-digits", "short", "methods=[sgd,sgd_momentum,adam,rmsprop,metamd,metamd_short,metamd_momentum]"],
    ],
    data: DIGITS,
    tolerance: { accuracy: 0.02, auc: 0.05 },
  },
  {
    experiment: "cifar10-desk",
    method: "sgd_momentum",
    holdout: "cifar10",
    command: ["cifar10", "desk", "tuning.bayes.initial=5", "tuning.bayes.iterations=25", "trials=3"],
    data: { ...DIGITS, cifar10: "CIFAR10" },
    tolerance: { accuracy: 0.05, auc: 0.05 },
  },
  {
    experiment: "high-resolution-short",
    method: "sgd_momentum",
    holdout: "dtd",
    command: ["high-resolution", "short"],
    data: { pets: "OxfordIIITPet", dtd: "DTD" },
    tolerance: { accuracy: 0.1, auc: 0.05 },
  },
];
/** Parts of datasets that lie under other names than the official ones. */
const NAMED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  kmnist: {
    "train-images-idx3-ubyte.gz": "train-first7000-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz": "train-first7000-labels-idx1-ubyte.gz",
  },
};
const sampled = [...SAMPLED, ...(everything ? DEARER : [])];
const native = await engineOrNone("tensorflow");
const given = Object.fromEntries(
  [...new Set(sampled.flatMap(({ data }) => Object.values(data)))].map((name) => [name, realData(name)]),
);

describe.skipIf(Object.values(given).includes(undefined) || native === undefined)(
  "a trial made anew has the same numbers",
  () => {
    const engines = join(folder, "engines");
    const addon = findAddon();
    if (!("missing" in addon)) withoutOwnOperations(engines, addon.folder);
    /** Most records were made without our own operations, which add in another order. */
    const environmentOf = ({ engine }: RunRecord): NodeJS.ProcessEnv =>
      engine.kernels?.rankOneSolve === true ? {} : { METAMD_ENGINE_DIR: engines };
    const trialOf = ({ experiment, method, holdout }: Sample): { record: RunRecord; losses: number[] } => {
      const { record, curve } = readRecords(join(folder, experiment)).runs.find(
        ({ record: { cell } }) =>
          cell.phase === "trial" && cell.trial === 0 && cell.method === method && cell.holdout === holdout,
      )!;
      return { record, losses: curve().map(({ trainLoss }) => trainLoss!) };
    };

    test.each(sampled)("$method on $holdout of $experiment", async (sample) => {
      const { experiment, method, holdout, command, tolerance } = sample;
      const { record, losses } = trialOf(sample);
      rmSync(join(folder, experiment, "runs", record.id), { recursive: true });
      for (const [id, name] of Object.entries(sample.data)) await imported(id, given[name]!);
      const [config, preset, ...set] = command;
      const { code, stderr } = await start(
        folder,
        [
          ...["meta-test", "--config", join(packageRoot(), "configs", `${config}.yaml`), "--preset", preset!],
          ...set.flatMap((one) => ["--set", one]),
          ...["--holdout", holdout, "--method", method, "--skip-missing", "--results", folder, "--data", "data"],
          ...["--engine", "tensorflow", "--threads", "1", "--jobs", "1"],
        ],
        environmentOf(record),
      ).ended;
      expect(code, stderr).toBe(0);
      expect(stderr).toContain("1 runs done");
      const { record: anew, losses: lossesAnew } = trialOf(sample);
      if (JSON.stringify(anew.engine) === JSON.stringify(record.engine)) {
        expect(anew.metrics).toEqual(record.metrics);
        expect(lossesAnew).toEqual(losses);
      } else {
        const shares = lossesAnew.map((loss, i) => Math.abs(loss / losses[i]! - 1));
        expect(Math.max(...shares.slice(0, FIRST.steps))).toBeLessThan(FIRST.tolerance);
        expect(Math.abs(anew.metrics.testAccuracy! - record.metrics.testAccuracy!)).toBeLessThan(tolerance.accuracy);
        expect(Math.abs(anew.metrics.auc! / record.metrics.auc! - 1)).toBeLessThan(tolerance.auc);
      }
    });
  },
);

/** Imports a dataset, or the part of it that is at hand, unless it is there. */
async function imported(id: string, from: string): Promise<void> {
  if (existsSync(join(folder, "data", id))) return;
  const named = Object.entries(NAMED[id] ?? {}).flatMap(([name, file]) => ["--as", `${name}=${join(from, file)}`]);
  const { code, stderr } = await metamd(folder, "data", "import", id, from, "--data", "data", "--partial", ...named);
  expect(code, stderr).toBe(0);
}
