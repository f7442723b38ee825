import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { metamd, type Ended } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { seemingCuda, seemingGpus, seemingUse, TWO } from "../support/gpus.js";
import { logsOf, startSlurm } from "../support/slurm.js";
import { smallExperiment } from "../support/small-experiment.js";

const folder = scratchFolder();
const slurm = startSlurm(2);
const cuda = seemingCuda(join(folder, "engine"));
seemingGpus(join(folder, "tools"), TWO);
vi.stubEnv("CUDA_VISIBLE_DEVICES", undefined);
vi.stubEnv("NODE_OPTIONS", seemingUse(folder));
vi.stubEnv("SLURM_CONF", slurm?.env.SLURM_CONF);
vi.stubEnv("SEEN", join(folder, "seen"));
afterAll(() => void vi.unstubAllEnvs());

/** A rule that says, where a run is compiled, which GPU is seen there. */
const RULE = `import { appendFileSync } from "node:fs";
import { map, ops, z } from "metamd-bench/plugins";
const create = () => ({
  init: () => ({}),
  update(grads, state, theta, { learningRate }) {
    const { CUDA_VISIBLE_DEVICES: sees, SLURM_JOB_GPUS: given, SLURM_ARRAY_TASK_ID: task, SEEN } = process.env;
    appendFileSync(SEEN, JSON.stringify({ pid: process.pid, task, given, sees }) + "\\n");
    return { step: map((g) => ops.mul(ops.neg(learningRate), g), grads), state };
  },
});
export const optimisers = {
  seeing: {
    title: "Seeing",
    summary: "a step down the gradient",
    kind: "global rate",
    settings: z.strictObject({}),
    create,
    needs: [],
    decaysApart: true,
    statePerParameter: () => 0,
    extraWork: "",
    source: "none",
  },
};
`;
writeFileSync(join(folder, "seeing.mjs"), RULE);
writeFileSync(
  join(folder, "seen.yaml"),
  smallExperiment({
    name: "seen",
    plugins: ["./seeing.mjs"],
    training: { batchSize: 50, steps: 300 },
    methods: ["seeing"],
    tuning: { steps: 50, space: { learningRate: [0.01, 0.02, 0.03, 0.04] } },
    trials: 4,
  }),
);

interface Seen {
  readonly pid: number;
  readonly task?: string;
  /** The GPUs of the job, as Slurm says. */
  readonly given?: string;
  readonly sees?: string;
}
const run = (results: string, settings: string, ...more: string[]): Promise<Ended> => {
  writeFileSync(join(folder, "slurm.yaml"), settings);
  const onSlurm = ["--executor", "slurm", "--slurm", "slurm.yaml"];
  return metamd(folder, "run", "--config", "seen.yaml", "--results", results, ...onSlurm, ...more);
};
/** What the runs saw that a call made. */
async function seenBy(call: Promise<Ended>): Promise<Seen[]> {
  const seen = join(folder, "seen");
  writeFileSync(seen, "");
  const { code, stderr } = await call;
  expect(code, stderr).toBe(0);
  const lines = readFileSync(seen, "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as Seen);
}
const logs = (results: string): string => logsOf(join(folder, results, "seen"));
const script = (results: string): string => readFileSync(join(folder, results, "seen", "slurm", "1.sh"), "utf8");

describe.skipIf(slurm === undefined || cuda === undefined)("on Slurm with GPUs", () => {
  test("a task has the GPUs that Slurm gives it, and each of its runs one of them alone", async () => {
    const single = await seenBy(run("single", "gpus: 1\n", "--tasks", "3"));
    expect(script("single")).toContain("\n#SBATCH --gres=gpu:1\n");
    expect(single.every(({ task, given, sees }) => task !== undefined && given === sees)).toBe(true);
    expect(single.every(({ sees }) => sees === "0" || sees === "1")).toBe(true);

    const both = await seenBy(run("both", "gpus: toy:2\n", "--tasks", "1"));
    expect(both.every(({ given }) => given === "0,1")).toBe(true);
    expect(new Set(both.map(({ sees }) => sees))).toEqual(new Set(["0", "1"]));
    expect(new Set(both.map(({ pid }) => pid)).size).toBe(2);
    expect(logs("both")).toContain("2 runs at a time");
    expect(readFileSync(join(folder, "both", "seen", "accuracy.csv"), "utf8")).toBe(
      readFileSync(join(folder, "single", "seen", "accuracy.csv"), "utf8"),
    );
  });

  test("--runs-per-gpu has so many on each; without it small models share a GPU as on one machine", async () => {
    const shared = await seenBy(run("shared", "gpus: 1\n", "--tasks", "1", "--runs-per-gpu", "2"));
    expect(shared.every(({ given, sees }) => given === sees)).toBe(true);
    expect(new Set(shared.map(({ pid }) => pid)).size).toBe(2);
    expect(logs("shared")).toContain("2 runs at a time");

    const ruled = await seenBy(run("ruled", "gpus: 1\ncpusPerTask: 4\n", "--tasks", "1"));
    const runs = Math.min(4, availableParallelism());
    expect(ruled.every(({ given, sees }) => given === sees)).toBe(true);
    expect(logs("ruled")).toMatch(runs > 1 ? new RegExp(`, ${runs} runs at a time`) : /engine tensorflow/);
  });

  test("runs on GPUs of tasks that ask for none are refused, and where the engine uses none", async () => {
    const none = await run("none", "tasks: 1\n", "--runs-per-gpu", "2");
    expect(none.stderr).toContain("--runs-per-gpu: a job array whose tasks ask for no GPU");
    const wasm = await run("none", "gpus: 1\n", "--runs-per-gpu", "2", "--engine", "wasm");
    expect(wasm.stderr).toContain("--runs-per-gpu: GPUs for engine wasm, which uses none");
    const unused = await run("none", "extra: [--gres=gpu:1]\n", "--engine", "reference");
    expect(unused.stderr).toContain("the cluster's settings: GPUs for engine reference, which uses none");
    const full = ["--runs-per-gpu", "2", "--set", "engine.gpuMemoryGrowth=false"];
    expect((await run("none", "gpus: 1\n", ...full)).stderr).toContain(
      "--runs-per-gpu: 2 runs at the same time on each GPU, with engine.gpuMemoryGrowth",
    );
    const other = await run("none", "extra: [--gres=tmpfs:1G]\n", "--runs-per-gpu", "2");
    expect(other.stderr).toContain("--runs-per-gpu: a job array whose tasks ask for no GPU");
    const both = await run("none", "gpus: 1\n", "--runs-per-gpu", "2", "--jobs", "4");
    expect(both.stderr).toContain("--jobs: 4 in all, with --runs-per-gpu 2");
    expect([none.code, wasm.code, both.code]).toEqual([2, 2, 2]);
  });

  test("GPUs that no machine has are refused, and the same command with others goes on", async () => {
    for (const [gpus, words] of [
      ["3", "node configuration is not available"],
      ["nosuch:1", "[Ii]nvalid generic resource|node configuration is not available"],
    ] as const) {
      const { code, stderr } = await run("refused", `gpus: ${gpus}\n`, "--tasks", "1");
      expect(stderr).toMatch(new RegExp(`metamd: sbatch: .*(${words})[^]*hint: fix the cluster's settings`));
      expect(code).toBe(2);
    }
    expect(existsSync(join(folder, "refused", "seen", "runs"))).toBe(false);
    const again = await seenBy(run("refused", "gpus: 2\n", "--tasks", "1"));
    expect(new Set(again.map(({ sees }) => sees))).toEqual(new Set(["0", "1"]));
  });
});
