// TF_ENABLE_ONEDNN_OPTS=0, exported on many machines to silence a notice, changed numbers, and no record said so.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig } from "../../src/config/load.js";
import { packageRoot } from "../../src/core/files.js";
import { engineOrNone } from "../support/engines.js";
import { scratchFolder } from "../support/folder.js";
import { writeSmallConfig } from "../support/small-config.js";

const scratch = scratchFolder();
const native = await engineOrNone("tensorflow");

/** Six steps of LeNet by the program as it is built, in a process of its own: an engine reads its environment once. */
const STEPS = `
  const at = (path) => import(new URL(path + ".js", "file://" + process.argv[1] + "/"));
  const { openNamedEngine } = await at("engine/open");
  const { createModel } = await at("models/index");
  const { supervised } = await at("training/supervised");
  const { trainingProgram } = await at("training/program");
  const { createOptimiser } = await at("optimisers/index");
  const { initialise } = await at("models/initialise");
  const engine = await openNamedEngine("tensorflow", { threads: 1 });
  const problem = supervised(createModel({ kind: "lenet" }, [28, 28, 1], 10));
  const program = trainingProgram(engine, problem, () => createOptimiser("adam", undefined, problem), [16]);
  program.start(initialise(problem.parameters, 1));
  const images = Float32Array.from({ length: 16 * 784 }, (_, i) => Math.abs(Math.sin(i)));
  const labels = Int32Array.from({ length: 16 }, (_, i) => i % 10);
  const losses = [];
  for (let t = 1; t <= 6; t++)
    losses.push(program.step({ size: 16, feeds: { images, labels } }, t, { learningRate: 0.003, weightDecay: 0 }));
  const sum = program.theta()["conv1.weight"].reduce((total, value) => total + value, 0);
  console.log(JSON.stringify({ losses, sum, engine: engine.details }));
`;

/** What the steps print in an environment with these variables. */
const printed = (variables: Readonly<Record<string, string>>): string =>
  execFileSync(process.execPath, ["--input-type=module", "-e", STEPS, join(packageRoot(), "dist", "src")], {
    encoding: "utf8",
    env: { ...process.env, ...variables },
  });

const ENVIRONMENTS: readonly Readonly<Record<string, string>>[] = [
  { TF_ENABLE_ONEDNN_OPTS: "0" },
  { ONEDNN_DEFAULT_FPMATH_MODE: "BF16" },
  { DNNL_DEFAULT_FPMATH_MODE: "ANY" },
  { ONEDNN_MAX_CPU_ISA: "SSE41", DNNL_MAX_CPU_ISA: "SSE41" },
  { OMP_NUM_THREADS: "4", TF_NUM_INTRAOP_THREADS: "4", TF_NUM_INTEROP_THREADS: "4" },
  { TF_XLA_FLAGS: "--tf_xla_auto_jit=2 --tf_xla_cpu_global_jit", XLA_FLAGS: "--xla_cpu_enable_fast_math=true" },
  { NVIDIA_TF32_OVERRIDE: "1", TF_DETERMINISTIC_OPS: "0", TF_CUDNN_DETERMINISTIC: "0" },
];

test.skipIf(native === undefined)("no variable changes a number, and the record has what decided them", () => {
  const expected = printed({});
  const { engine } = JSON.parse(expected) as { engine: { kernels: object } };
  expect(engine.kernels).toMatchObject({ oneDnn: true, tf32: false, deterministic: true });
  for (const variables of ENVIRONMENTS) expect(printed(variables), JSON.stringify(variables)).toBe(expected);
});

/** Opens the engine as a run does. @returns what it is told of GPU memory, and what the record has of it. */
const memoryOf = (options: object): string =>
  execFileSync(
    process.execPath,
    [
      "--input-type=module",
      "-e",
      `const { openNamedEngine } = await import(new URL("engine/open.js", "file://" + process.argv[1] + "/"));
       const { details } = await openNamedEngine("tensorflow", JSON.parse(process.argv[2]));
       console.log(process.env.TF_FORCE_GPU_ALLOW_GROWTH, details.gpuMemoryGrowth);`,
      join(packageRoot(), "dist", "src"),
      JSON.stringify({ threads: 1, ...options }),
    ],
    { encoding: "utf8", env: { ...process.env, TF_FORCE_GPU_ALLOW_GROWTH: "false" } },
  ).trim();

test.skipIf(native === undefined)("a GPU's memory is taken as it is needed, unless the config says otherwise", () => {
  const config = writeSmallConfig(scratch);
  const usual = loadConfig({ config });
  const greedy = loadConfig({ config, set: ["engine.gpuMemoryGrowth=false"] });
  expect(greedy.hash).toBe(usual.hash);
  expect(greedy.resolved).toEqual(usual.resolved);
  expect(memoryOf(usual.engine)).toBe("true undefined");
  expect(memoryOf(greedy.engine)).toBe("false false");
});
