// TF_ENABLE_ONEDNN_OPTS=0, exported on many machines to silence a notice, changed numbers, and no record said so.
import { join } from "node:path";
import { expect, test } from "vitest";
import { heldValues, loadConfig, restoreConfig } from "../../src/config/load.js";
import { packageRoot } from "../../src/core/files.js";
import type { Plan } from "../../src/records/plan.js";
import { makePlan } from "../../src/runs/plan/make-plan.js";
import { inNode } from "../support/binary.js";
import { engineOrNone } from "../support/engines.js";
import { scratchFolder } from "../support/folder.js";
import { writeSmallConfig } from "../support/small-config.js";
import { stepsInNode, type Printed, type Steps } from "../support/steps-in-node.js";

const scratch = scratchFolder();
const native = await engineOrNone("tensorflow");

/** Six steps of LeNet by the program as it is built, in a process of its own: an engine reads its environment once. */
const STEPS: Steps = {
  model: { kind: "lenet" },
  image: [28, 28, 1],
  method: "adam",
  learningRate: 0.003,
  batchSize: 16,
  steps: 6,
  threads: 1,
};

/** What the steps print in an environment with these variables. */
const printed = async (variables: Readonly<Record<string, string>>): Promise<string> => {
  const { code, stdout, stderr } = await stepsInNode(STEPS, variables);
  expect(code, stderr).toBe(0);
  return stdout;
};

const ENVIRONMENTS: readonly Readonly<Record<string, string>>[] = [
  { TF_ENABLE_ONEDNN_OPTS: "0" },
  { ONEDNN_DEFAULT_FPMATH_MODE: "BF16" },
  { DNNL_DEFAULT_FPMATH_MODE: "ANY" },
  { ONEDNN_MAX_CPU_ISA: "SSE41", DNNL_MAX_CPU_ISA: "SSE41" },
  { OMP_NUM_THREADS: "4", TF_NUM_INTRAOP_THREADS: "4", TF_NUM_INTEROP_THREADS: "4" },
  { TF_XLA_FLAGS: "--tf_xla_auto_jit=2 --tf_xla_cpu_global_jit", XLA_FLAGS: "--xla_cpu_enable_fast_math=true" },
  { NVIDIA_TF32_OVERRIDE: "1", TF_DETERMINISTIC_OPS: "0", TF_CUDNN_DETERMINISTIC: "0" },
];

test.skipIf(native === undefined)("no variable changes a number, and the record has what decided them", async () => {
  const expected = await printed({});
  const { engine } = JSON.parse(expected) as Printed;
  expect(engine.kernels).toMatchObject({ oneDnn: true, tf32: false, deterministic: true });
  for (const variables of ENVIRONMENTS) expect(await printed(variables), JSON.stringify(variables)).toBe(expected);
});

/** Opens the engine as a run does. @returns the variables that it sets, and what the record has of them. */
async function opened(options: object, ...variables: string[]): Promise<unknown[]> {
  const { stdout } = await inNode(
    `const { openNamedEngine } = await import(new URL("engine/open.js", "file://" + process.argv[1] + "/"));
     const { details } = await openNamedEngine("tensorflow", JSON.parse(process.argv[2]));
     const set = JSON.parse(process.argv[3]).map((name) => process.env[name] ?? null);
     console.log(JSON.stringify([...set, details.gpuMemoryGrowth ?? null]));`,
    [join(packageRoot(), "dist", "src"), JSON.stringify({ threads: 1, ...options }), JSON.stringify(variables)],
    { env: { TF_FORCE_GPU_ALLOW_GROWTH: "false", NVIDIA_TF32_OVERRIDE: "1" } },
  );
  return JSON.parse(stdout) as unknown[];
}

test.skipIf(native === undefined)(
  "a GPU's memory is taken as it is needed, unless the config says otherwise",
  async () => {
    const config = writeSmallConfig(scratch);
    const usual = loadConfig({ config });
    const greedy = loadConfig({ config, set: ["engine.gpuMemoryGrowth=false"] });
    expect(greedy.hash).toBe(usual.hash);
    expect(greedy.resolved).toEqual(usual.resolved);
    expect(await opened(usual.engine, "TF_FORCE_GPU_ALLOW_GROWTH")).toEqual(["true", null]);
    expect(await opened(greedy.engine, "TF_FORCE_GPU_ALLOW_GROWTH")).toEqual(["false", false]);
  },
);

const SWITCHES = ["NVIDIA_TF32_OVERRIDE", "TF_DETERMINISTIC_OPS", "TF_CUDNN_DETERMINISTIC", "CUBLAS_WORKSPACE_CONFIG"];

test.skipIf(native === undefined)(
  "TF32 is off and operations are deterministic, unless the config says otherwise",
  async () => {
    const config = writeSmallConfig(scratch);
    const engineOf = (...set: string[]): object => loadConfig({ config, set }).engine;
    expect(await opened(engineOf(), ...SWITCHES)).toEqual(["0", "1", "1", ":4096:8", null]);
    const free = engineOf("engine.tf32=true", "engine.deterministic=false");
    expect(await opened(free, ...SWITCHES)).toEqual([null, null, null, null, null]);
  },
);

test("what changes a GPU's numbers is of the ids of runs, and what is as usual of none", () => {
  const config = writeSmallConfig(scratch);
  const planned = (...set: string[]): Plan => makePlan(loadConfig({ config, set }), scratch);
  const usual = planned();
  expect(planned("engine.tf32=false", "engine.deterministic=true")).toEqual(usual);
  expect(usual.config).not.toHaveProperty("engine");
  const others = [
    planned("engine.tf32=true"),
    planned("engine.deterministic=false"),
    planned("engine.tf32=true", "engine.deterministic=false"),
  ];
  expect(others.map((plan) => plan.config.engine)).toEqual([
    { tf32: true },
    { deterministic: false },
    { tf32: true, deterministic: false },
  ]);
  const ids = [usual, ...others].flatMap(({ cells }) => cells.map(({ id }) => id));
  expect(new Set(ids).size).toBe(ids.length);
});

test("a config that another process takes over keeps what changes a GPU's numbers", () => {
  const config = loadConfig({ config: writeSmallConfig(scratch), set: ["engine.tf32=true"] });
  const held = { file: config.file, preset: config.preset, configHash: config.hash, config: heldValues(config) };
  expect(restoreConfig(held, "held", scratch)).toMatchObject({ hash: config.hash, engine: { tf32: true } });
});
