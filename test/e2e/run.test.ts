import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../../src/core/files.js";
import { createModel } from "../../src/models/index.js";
import { initialise } from "../../src/models/initialise.js";
import { stateDict } from "../../src/models/torch-layout.js";
import { writeSafetensors } from "../../src/records/safetensors.js";
import { metamd, signalWhen, start } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { patchedBuild, SAVING } from "../support/patched-build.js";
import { childrenOf, spawnGroup } from "../support/processes.js";
import { drill, everything } from "../support/require.js";
import { until } from "../support/until.js";

const QUICKSTART = join(packageRoot(), "configs", "quickstart.yaml");
const EMBEDDED = ["--engine", "wasm"];
/** Where worker processes are not the matter: each takes longer to start than these runs do. */
const ONE = ["--jobs", "1"];
const rowsOf = (path: string): Record<string, string>[] => parse(readFileSync(path), { columns: true });

describe("from a config to tables", () => {
  const folder = scratchFolder();
  const smoke = ["--config", QUICKSTART, "--preset", "smoke", ...EMBEDDED];
  const results = join(folder, "results", "quickstart-smoke");

  test("plan tells what run would do, and does nothing", async () => {
    const { code, stdout, stderr } = await metamd(folder, "plan", ...smoke);
    expect(stderr).toMatch(/ at a time with \d+\.\d GB of memory each, and .* in results\/quickstart-smoke/);
    expect(code).toBe(0);
    expect(stdout).toMatch(/meta-train +1 +0/);
    expect(stdout).toMatch(/tune +5 +0/);
    expect(stdout).toMatch(/trial +5 +0/);
    expect(existsSync(join(folder, "results"))).toBe(false);
  });

  test("plan says that other programs made it slow", async () => {
    for (let i = 0; i < availableParallelism(); i++) spawnGroup(process.execPath, ["-e", "for (;;);"]);
    const { code, stderr } = await metamd(folder, "plan", ...smoke);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /other programs used \d+ % of the processors while steps were timed: on a quiet machine runs/,
    );
  });

  test("meta-train writes a learned optimiser, which inspect shows", async () => {
    const { code } = await metamd(folder, "meta-train", ...smoke, ...ONE, "--quiet");
    expect(code).toBe(0);
    const [id] = readdirSync(join(results, "learned"));
    const file = join(results, "learned", id!, "optimiser.safetensors");
    const shown = await metamd(folder, "inspect", file);
    expect(shown.code).toBe(0);
    for (const part of ["metamd", "fc1.weight", "synthetic-rotated/0"]) expect(shown.stdout).toContain(part);
  });

  test("run goes on from there and writes the tables", async () => {
    const { code, stdout, stderr } = await metamd(folder, "run", ...smoke);
    expect(code).toBe(0);
    expect(stderr).toContain("10 runs done (0 diverged), 1 were done before, 0 failed");
    expect(stdout).toContain("Test accuracy in percent");
    expect(stdout).toContain("Area under the training-loss curve");
    for (const title of ["SGD", "SGD-M", "Adam", "RMSprop", "MetaMD"]) expect(stdout).toContain(title);

    const accuracy = rowsOf(join(results, "accuracy.csv"));
    expect(accuracy).toHaveLength(5);
    const ids = JSON.parse(readFileSync(join(results, "accuracy.runs.json"), "utf8")) as object;
    const named = JSON.stringify(ids).match(/[0-9a-f]{16}/g)!;
    for (const id of named) expect(existsSync(join(results, "runs", id, "record.json"))).toBe(true);
    const runs = rowsOf(join(results, "runs.csv"));
    expect(runs).toHaveLength(11);
    // Five trials of five steps.
    expect(rowsOf(join(results, "curves.csv"))).toHaveLength(25);
  });

  test("plan says that all is done, and tells from records what more would need", async () => {
    const done = await metamd(folder, "plan", ...smoke);
    expect(done.stderr).toContain("quickstart-smoke: all runs are done, in results/quickstart-smoke");
    const { stdout } = await metamd(folder, "plan", ...smoke, ...ONE, "--set", "trials=2", "--json");
    const { estimate } = JSON.parse(stdout) as { estimate: { memoryBytes: number } };
    const peaks = readdirSync(join(results, "runs")).map((id) => {
      const record = readFileSync(join(results, "runs", id, "record.json"), "utf8");
      return (JSON.parse(record) as { peakMemoryBytes: number }).peakMemoryBytes;
    });
    expect(estimate.memoryBytes).toBeGreaterThanOrEqual(Math.min(...peaks));
  });

  test("the test split was read once by a trial and never before", () => {
    const records = readdirSync(join(results, "runs")).map((id) => {
      const record = JSON.parse(readFileSync(join(results, "runs", id, "record.json"), "utf8")) as {
        cell: { phase: string };
        counts: { testReads: number };
      };
      return [record.cell.phase, record.counts.testReads];
    });
    expect(new Set(records.map(String))).toEqual(new Set(["meta-train,0", "tune,0", "trial,1"]));
  });

  test("a second run computes nothing, and table prints the same", async () => {
    const before = readFileSync(join(results, "accuracy.csv"), "utf8");
    const { code, stderr } = await metamd(folder, "run", ...smoke, ...ONE);
    expect(code).toBe(0);
    expect(stderr).toContain("0 runs done (0 diverged), 11 were done before, 0 failed");
    expect(readFileSync(join(results, "accuracy.csv"), "utf8")).toBe(before);
    const table = await metamd(folder, "table", "accuracy", "--format", "csv");
    expect(table.code).toBe(0);
    expect(table.stdout).toBe(before);
  });

  test("meta-test takes one holdout and one method", async () => {
    const other = join(folder, "other");
    const args = [
      "meta-test",
      ...smoke,
      ...ONE,
      "--holdout",
      "synthetic-rotated/75",
      "--method",
      "adam",
      "--results",
      other,
      "--json",
    ];
    const { code, stdout } = await metamd(folder, ...args);
    expect(code).toBe(0);
    const { outcome, results } = JSON.parse(stdout) as {
      outcome: { done: number };
      results: { metric: string; rows: { method: string; average: { mean: number } }[] }[];
    };
    expect(outcome.done).toBe(2);
    expect(results.map(({ metric }) => metric)).toEqual(["accuracy", "auc"]);
    expect(results[0]!.rows.map(({ method }) => method)).toEqual(["adam"]);
    expect(results[0]!.rows[0]!.average.mean).toBeGreaterThan(0);
  });

  test("tune shows the winner of every method, and what finding it took", async () => {
    const args = ["tune", ...smoke, ...ONE, "--method", "adam", "--results", join(folder, "tuned")];
    const { code, stdout } = await metamd(folder, ...args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/holdout +method +learning rate/);
    expect(stdout).toMatch(/synthetic-rotated\/75 +Adam +0\.01 +1e-4 +\d+\.\d\d +1 +5 /);
    expect(stdout).not.toContain("Test accuracy");
  });

  test("tune by Bayesian search, in two workers, tells every point and is repeated bit by bit", async () => {
    const sets = [
      "methods=[sgd, adam]",
      "tuning.seeds=2",
      "tuning.bayes={initial: 2}",
      "tuning.space.learningRate={from: 1e-3, to: 1}",
      "tuning.space.weightDecay={from: 1e-6, to: 1e-2}",
      "tuning.space.methods.adam.learningRate={from: 1e-5, to: 0.1}",
    ].flatMap((set) => ["--set", set]);
    const search = (name: string, jobs: string) =>
      metamd(
        folder,
        ...["tune", ...smoke, ...sets, "--strategy", "bayes", "--budget", "4", "--jobs", jobs],
        ...["--results", join(folder, name)],
      );
    const trace = (name: string): string =>
      readFileSync(join(folder, name, "quickstart-smoke", "bo_trace.csv"), "utf8");
    const two = await search("two", "2");
    expect(two.code).toBe(0);
    const lines = two.stderr.split("\n").filter((line) => line.includes("learning rate"));
    expect(lines).toHaveLength(8);
    expect(lines.filter((line) => line.includes(", bound "))).toHaveLength(4);
    expect(two.stdout).toMatch(/SGD +learning rate +\d+\.\d\d +0\.001\.\.0\.01: /);
    if (everything) {
      expect((await search("one", "1")).code).toBe(0);
      expect(trace("one")).toBe(trace("two"));
    }
    const tuning = rowsOf(join(folder, "two", "quickstart-smoke", "tuning.csv"));
    expect(tuning).toHaveLength(8);
    expect(tuning.filter(({ winner }) => winner === "1").map(({ method }) => method)).toEqual(["sgd", "adam"]);
    for (const row of tuning) expect(row).toMatchObject({ seeds: "2", steps: "10" });
  });

  test("a diverged run is a result", async () => {
    const path = join(folder, "wild.yaml");
    const text = readFileSync(QUICKSTART, "utf8").replace("name: quickstart", "name: wild");
    writeFileSync(path, text);
    const sets = ["methods=[sgd]", "tuning.space.learningRate=[1e9]", "training.steps=30"].flatMap((set) => [
      "--set",
      set,
    ]);
    const { code, stderr, stdout } = await metamd(
      folder,
      "run",
      "--config",
      path,
      "--preset",
      "smoke",
      ...EMBEDDED,
      ...ONE,
      ...sets,
    );
    expect(stderr).toContain("2 runs done (2 diverged)");
    expect(code).toBe(0);
    expect(stdout).toMatch(/SGD/);
  });
});

describe("stopped and started again", () => {
  const folder = scratchFolder();
  const config = ["--config", QUICKSTART, "--preset", "smoke", ...EMBEDDED, "--quiet"];
  const longer = [
    "training.steps=250",
    "training.batchSize=50",
    "model.hidden=[64]",
    "metaTraining.metamd={outerSteps: 4, innerSteps: 40}",
    "methods=[sgd_momentum, metamd]",
  ].flatMap((set) => ["--set", set]);
  const files = ["accuracy.csv", "auc.csv", "accuracy.runs.json", "auc.runs.json"];
  const program = patchedBuild(join(folder, "program"), SAVING);
  const run = (name: string, jobs = 1) =>
    start(folder, ["run", ...config, ...longer, "--results", join(folder, name), "--jobs", String(jobs)], {}, program);
  const at = (name: string, ...path: string[]): string => join(folder, name, "quickstart-smoke", ...path);
  const checkpoints = (name: string): string[] =>
    existsSync(at(name, "runs"))
      ? readdirSync(at(name, "runs")).filter((id) => existsSync(at(name, "runs", id, "checkpoint", "progress.json")))
      : [];
  /** What one waits for to meet a process in the middle of its work. */
  const underWay = (name: string, what: "leases" | "runs"): (() => boolean) => {
    const before = Date.now();
    const isNew = (path: string): boolean => (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) > before;
    if (what === "runs")
      return () => checkpoints(name).some((id) => isNew(at(name, "runs", id, "checkpoint", "progress.json")));
    return () => readdirSync(at(name, "leases")).some((id) => !id.startsWith("beat-") && isNew(at(name, "leases", id)));
  };
  const finished = (name: string): number =>
    existsSync(at(name, "runs"))
      ? readdirSync(at(name, "runs")).filter((id) => existsSync(at(name, "runs", id, "record.json"))).length
      : 0;

  /** Tables, and every loss of every run, are those of the run that nothing disturbed. */
  const expectWhole = (name: string): void => {
    for (const file of files)
      expect(readFileSync(at(name, file), "utf8")).toBe(readFileSync(at("whole", file), "utf8"));
    expect(checkpoints(name)).toEqual([]);
    const losses = (results: string): string[] =>
      rowsOf(at(results, "curves.csv")).map((row) => [row.run_id, row.step, row.train_loss].join());
    expect(losses("whole")).toHaveLength(500);
    expect(losses(name)).toEqual(losses("whole"));
  };
  const TOTAL = 5;

  drill("an undisturbed run", async () => {
    expect((await run("whole").ended).code).toBe(0);
    expect(finished("whole")).toBe(TOTAL);
  });

  drill.each([1, 2])("Ctrl-C and kill -9 change nothing, %i at a time", async (jobs) => {
    const name = `stopped-${jobs}`;
    // Ctrl-C in the middle of a run, twice in the life of the experiment.
    for (const done of [1, 3]) {
      const running = run(name, jobs);
      await until(() => finished(name) >= done, running);
      await signalWhen(running, "SIGINT", underWay(name, "runs"));
      const ended = await running.ended;
      expect(ended.code).toBe(130);
      expect(ended.stderr).toContain("run the same command again to go on");
      expect(finished(name)).toBeLessThan(TOTAL);
    }
    expect(checkpoints(name).length).toBeGreaterThan(0);
    // kill -9 as soon as runs are taken, and in the middle of one; chaos.test.ts takes any moment.
    for (const what of ["leases", "runs"] as const) {
      const holds = underWay(name, what);
      const running = run(name, jobs);
      await until(holds, running);
      running.kill("SIGKILL");
      await running.ended;
    }
    expect((await run(name, jobs).ended).code).toBe(0);
    expectWhole(name);
  });

  drill("a worker that is killed costs its run one retry", async () => {
    const running = run("worker-killed", 2);
    await until(() => checkpoints("worker-killed").length > 0 || finished("worker-killed") > 0, running);
    const [worker] = childrenOf(running.pid);
    process.kill(worker!, "SIGKILL");
    expect((await running.ended).code).toBe(0);
    expectWhole("worker-killed");
  });
});

drill("run --pretrained begins every run, in worker processes too, with the weights of a file", async () => {
  const folder = scratchFolder();
  const model = createModel({ kind: "resnet18s", width: 1, freeze: "none" }, [28, 28, 1], 10);
  const values = initialise({ ...model.parameters, ...model.statistics }, 1);
  writeSafetensors(join(folder, "my weights.safetensors"), { tensors: stateDict(model, values), metadata: {} });
  const flags = ["--set", "model={kind: resnet18s, width: 1}", "--set", "methods=[sgd]", "--jobs", "2", ...EMBEDDED];
  const args = ["run", "--config", plainModel(folder), "--preset", "smoke", ...flags];
  const { code, stderr } = await metamd(folder, ...args, "--pretrained", "my weights.safetensors");
  expect(stderr).toContain("2 runs done (0 diverged)");
  expect(code).toBe(0);
  const runs = join(folder, "results", "quickstart-smoke", "runs");
  for (const id of readdirSync(runs)) {
    const { pretrained } = JSON.parse(readFileSync(join(runs, id, "record.json"), "utf8")) as { pretrained: unknown };
    expect(pretrained).toMatchObject({ head: "taken" });
  }
  const planned = ["plan", ...args.slice(1), "--pretrained", "my weights.safetensors"];
  expect((await metamd(folder, ...planned)).stdout).toMatch(/tune +1 +1 +0[^]*trial +1 +1 +0/);
  expect((await metamd(folder, "meta-train", "--help")).stdout).toContain("--pretrained <file>");
  const absent = await metamd(folder, ...args, "--pretrained", "absent.safetensors", "--results", "others");
  expect(absent.code).toBe(3);
  expect(absent.stderr).toContain("metamd: model.pretrained absent.safetensors: cannot be read: ENOENT");
});

/** The quickstart without a model's settings, which another kind of model has not. */
function plainModel(folder: string): string {
  const path = join(folder, "plain.yaml");
  const text = readFileSync(QUICKSTART, "utf8");
  writeFileSync(path, text.replaceAll(/^( *)model: .*$/gm, "$1model: { kind: lenet }"));
  return path;
}
