import { copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { EXIT } from "../../src/core/errors.js";
import { packageRoot } from "../../src/core/files.js";
import { metamd, start } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { mainIn } from "../support/main.js";
import { realData } from "../support/require.js";

const folder = scratchFolder();
const QUICKSTART = readFileSync(join(packageRoot(), "configs", "quickstart.yaml"), "utf8");
const SMOKE = ["--preset", "smoke", "--engine", "wasm"];
let number = 0;

/** A config file in which one text stands for another. */
function config(replaced: string, by: string): string {
  if (!QUICKSTART.includes(replaced)) throw new Error(`quickstart.yaml has no ${replaced}`);
  const path = join(folder, `config-${number++}.yaml`);
  writeFileSync(path, QUICKSTART.replace(replaced, by));
  return path;
}

interface Case {
  readonly args: () => string[];
  readonly code: number;
  /** What the message must say: where and what was given, what is accepted, how to fix it. */
  readonly says: readonly (string | RegExp)[];
}
const run = (path: string, ...more: string[]): string[] => ["run", "--config", path, ...SMOKE, ...more];

const CASES: Readonly<Record<string, Case>> = {
  "an unknown key": {
    args: () => run(config("batchSize: 64", "batchsize: 64")),
    code: EXIT.usage,
    says: [/config-\d+\.yaml:20 training\.batchsize: unknown key/, "accepted: batchSize", "did you mean batchSize?"],
  },
  "a wrong type": {
    args: () => run(config("steps: 200", "steps: many")),
    code: EXIT.usage,
    says: [/config-\d+\.yaml:20 training\.steps: given "?many"?/, "accepted:", "hint:"],
  },
  "an unknown domain": {
    args: () => run(config("metaTest: [synthetic-rotated/75]", "metaTest: [synthetic-rotatet/75]")),
    code: EXIT.usage,
    says: ["synthetic-rotatet/75", "accepted:", "synthetic-rotated/75"],
  },
  "an unknown method": {
    args: () => run(config("adam, rmsprop, metamd]", "adm, rmsprop, metamd]")),
    code: EXIT.usage,
    says: [/methods\[2\]/, "adm", "rmsprop", "did you mean adam?"],
  },
  "a learning rate of zero": {
    args: () => run(config("learningRate: [1, 0.3, 0.1]", "learningRate: [1, 0]"), "--preset", "paper"),
    code: EXIT.usage,
    says: [/tuning\.space\.learningRate\[1\]: given 0/, "above 0", "hint:"],
  },
  "a negative learning rate": {
    args: () => run(config("name: quickstart", "name: negative"), "--set", "tuning.space.learningRate=[-1]"),
    code: EXIT.usage,
    says: [/--set.*learningRate\[0\]: given -1/, "above 0"],
  },
  "broken YAML": {
    args: () => run(config("steps: 200", "steps: [200")),
    code: EXIT.usage,
    says: [/config-\d+\.yaml:\d+/],
  },
  "a config that is not there": {
    args: () => ["run", "--config", "nowhere.yaml"],
    code: EXIT.usage,
    says: ["nowhere.yaml", "hint:"],
  },
  "no config": { args: () => ["run"], code: EXIT.usage, says: ["--config", "hint:"] },
  "an unknown preset": {
    args: () => ["run", "--config", config("trials: 5", "trials: 5"), "--preset", "dask"],
    code: EXIT.usage,
    says: ["dask", "smoke"],
  },
  "a holdout that the config has not": {
    args: () => ["meta-test", "--config", config("trials: 5", "trials: 5"), ...SMOKE, "--holdout", "svhn"],
    code: EXIT.usage,
    says: ["svhn", "synthetic-rotated/75"],
  },
  "a holdout that no shipped config has": {
    args: () => ["meta-test", "--holdout", "nothing"],
    code: EXIT.usage,
    says: ["nothing", "hint:"],
  },
  "a method that the plan does not have": {
    args: () =>
      run(config("trials: 5", "trials: 5")).concat("--method", "adamw").with(0, "meta-test").concat("--holdout", "75"),
    code: EXIT.usage,
    says: ["adamw", "rmsprop"],
  },
  "an unknown command": { args: () => ["rum"], code: EXIT.usage, says: ["'rum'\n  hint: did you mean run?"] },
  "a command that is like no other": {
    args: () => ["data", "foobarbaz"],
    code: EXIT.usage,
    says: ["'foobarbaz'\n  hint: --help lists them"],
  },
  "an argument too many": {
    args: () => ["plan", "rotated-mnist"],
    code: EXIT.usage,
    says: [
      "too many arguments for 'plan'",
      "\n  hint: --help says what it takes; an experiment is given as --config FILE",
    ],
  },
  "an unknown option": {
    args: () => ["run", "--confg", "x"],
    code: EXIT.usage,
    says: ["'--confg'\n  hint: did you mean --config?"],
  },
  "an unknown engine": {
    args: () => ["engine", "info", "--engine", "webgl"],
    code: EXIT.usage,
    says: ["webgl", "wasm"],
  },
  "a number of threads that is none": {
    args: () => ["engine", "info", "--threads", "0"],
    code: EXIT.usage,
    says: ["threads"],
  },
  "a number of blocks that is none": {
    args: () => ["engine", "bench", "--blocks", "few"],
    code: EXIT.usage,
    says: ["blocks"],
  },
  "times of another machine that have nothing in common with these": {
    args: () => {
      const machine = { cpu: "Xeon", cores: 2, threads: 2 };
      const there = { machine, engines: ["wasm"], rows: [{ step: "another", milliseconds: [1] }] };
      writeFileSync(join(folder, "there.json"), JSON.stringify(there));
      return ["engine", "bench", "--against", join(folder, "there.json")];
    },
    code: EXIT.usage,
    says: ["there.json: nothing that is timed here, but another (wasm)", "accepted: at least one of MLP"],
  },
  "a results folder that is a file": {
    args: () => {
      writeFileSync(join(folder, "taken"), "");
      return run(config("trials: 5", "trials: 5"), "--results", "taken");
    },
    code: EXIT.usage,
    says: ["taken", "cannot be written", "--results DIR"],
  },
  "an option of a job array without one": {
    args: () => run(config("trials: 5", "trials: 5"), "--detach"),
    code: EXIT.usage,
    says: ["--detach", "add --executor slurm"],
  },
  "a cluster's settings that are not there": {
    args: () => run(config("trials: 5", "trials: 5"), "--executor", "slurm", "--slurm", "nowhere.yaml"),
    code: EXIT.usage,
    says: ["nowhere.yaml: no such file", "docs/slurm.md"],
  },
  "an executor that is none": {
    args: () => run(config("trials: 5", "trials: 5"), "--executor", "slrum"),
    code: EXIT.usage,
    says: ["slrum", "local, slurm"],
  },
  "an experiment that is not in the results": {
    args: () => ["status", "quickstart", "--results", join(folder, "none")],
    code: EXIT.usage,
    says: ['no experiment "quickstart"', "--results DIR"],
  },
  "a dataset that is missing": {
    args: () => [
      "run",
      "--config",
      join(packageRoot(), "configs", "rotated-mnist.yaml"),
      ...SMOKE,
      "--data",
      join(folder, "none"),
    ],
    code: EXIT.data,
    says: ["mnist", "hint:", "metamd data import mnist"],
  },
  "a table that was never made": {
    args: () => ["table", "--results", join(folder, "none")],
    code: EXIT.usage,
    says: ["none"],
  },
};

describe("bad input ends with the documented code and a message to act on", () => {
  test.each(Object.entries(CASES))("%s", async (_name, { args, code, says }) => {
    // No native engine is looked for here, so that every case starts in a moment.
    process.env.METAMD_ENGINE_DIR = join(folder, "no-engines");
    const ended = await mainIn(folder, ...args());
    for (const text of says) expect(ended.stderr).toMatch(text instanceof RegExp ? text : new RegExp(escaped(text)));
    expect(ended.code).toBe(code);
    expect(ended.stderr).toMatch(/^metamd: /m);
    expect(ended.stderr).not.toMatch(/^ +at /m);
    expect(ended.stdout).toBe("");
  });

  test("an engine that is not installed", async () => {
    const nowhere = { METAMD_ENGINE_DIR: join(folder, "no-engines") };
    const ended = await start(folder, ["engine", "info", "--engine", "tensorflow"], nowhere).ended;
    expect(ended).toMatchObject({ code: EXIT.engine, stdout: "" });
    expect(ended.stderr).toMatch(/^metamd: .*not installed[^]*metamd engine install/);
  });

  test("the built program's end is that of the cases above", async () => {
    const args = CASES["an unknown key"]!.args();
    expect(await metamd(folder, ...args)).toMatchObject(await mainIn(folder, ...args));
  });
});

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

const mnist = realData("MNIST");
describe.skipIf(mnist === undefined)("real data that is damaged", () => {
  const names = [
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
  ];

  test("a truncated IDX file is refused by import, verify and run", async () => {
    const copy = join(folder, "copy");
    mkdirSync(copy);
    for (const name of names) copyFileSync(join(mnist!, name), join(copy, name));
    expect((await metamd(folder, "data", "import", "mnist", copy)).code).toBe(0);
    const stored = join(folder, "datasets", "mnist", "raw", names[0]!);
    truncateSync(stored, 1_000_000);

    const verified = await metamd(folder, "data", "verify", "mnist");
    expect(verified.code).toBe(EXIT.data);
    expect(verified.stderr + verified.stdout).toContain(names[0]!);

    const ran = await metamd(folder, "run", "--config", join(packageRoot(), "configs", "rotated-mnist.yaml"), ...SMOKE);
    expect(ran.code).toBe(EXIT.data);
    expect(ran.stderr).toContain(names[0]!);
    expect(ran.stderr).toContain("hint:");

    truncateSync(join(copy, names[0]!), 1_000_000);
    const imported = await metamd(folder, "data", "import", "mnist", copy, "--data", "elsewhere");
    expect(imported.code).toBe(EXIT.data);
    expect(imported.stderr).toContain(names[0]!);
  });
});

test("with --json an error is one line of JSON on stderr, in one shape", async () => {
  const errorOf = async (...args: string[]): Promise<unknown> => {
    const { code, stdout, stderr } = await metamd(folder, ...args, "--json");
    const { error } = JSON.parse(stderr) as { error: { exitCode: number } };
    expect([stdout, code]).toEqual(["", error.exitCode]);
    return error;
  };
  const path = config("batchSize: 64", "batchsize: 64");
  expect(await errorOf(...run(path))).toMatchObject({
    exitCode: EXIT.usage,
    message: expect.stringContaining("training.batchsize: unknown key") as string,
    faults: [{ given: "unknown key", hint: "did you mean batchSize?" }],
  });
  expect(await errorOf("run", "--foo")).toEqual({ exitCode: EXIT.usage, message: "unknown option '--foo'" });
});
