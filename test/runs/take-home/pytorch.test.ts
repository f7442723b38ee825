import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../../../src/core/files.js";
import { map, type Leaves } from "../../../src/core/tree.js";
import { matrixSize, type ParameterSpec } from "../../../src/engine/parameters.js";
import { createModel, type ModelSettings } from "../../../src/models/index.js";
import { untrained, type LearnerId } from "../../../src/optimisers/index.js";
import type { LearnedValues } from "../../../src/optimisers/optimiser.js";
import type { LearnedFile } from "../../../src/records/learned.js";
import { NUMERICS } from "../../../src/records/numerics.js";
import { writeSafetensors } from "../../../src/records/safetensors.js";
import { inputScaling } from "../../../src/runs/take-home/input-scaling.js";
import { pytorchFile, type TakenHome } from "../../../src/runs/take-home/pytorch-file.js";
import { writePytorchFolder } from "../../../src/runs/take-home/export.js";
import { runProgram, type Ended } from "../../support/binary.js";
import { scratchFolder } from "../../support/folder.js";
import { tool } from "../../support/processes.js";
import { missing } from "../../support/require.js";
import { noise } from "../../support/torch-noise.js";

const python = process.env.METAMD_TEST_PYTHON ?? "python3";
const hasTorch = tool(python, ["-c", "import torch, torchvision"]).status === 0;
const there = hasTorch || missing(`torch and torchvision in ${python} (METAMD_TEST_PYTHON names another Python)`);

/** As scripts/golden/take-home.js moves them. */
const MOVED = { a: 0.3, b: 0.3, alpha: 0.005, Mo: 0.05, Mi: 0.05, Mf: 0.05, m: 0.3, g: 0.5 };
const NETWORK = 0.05;

function learnedValues(learner: LearnerId, parameters: Leaves<ParameterSpec>): LearnedValues {
  const groups = Object.entries(untrained(learner, parameters));
  return Object.fromEntries(
    groups.map(([name, symbols], k) => {
      const moved = Object.entries(symbols).map(([symbol, values], j) => {
        const fixed = symbol === "p" || symbol === "scale";
        const size = fixed ? 0 : learner === "l2o" ? NETWORK : MOVED[symbol as keyof typeof MOVED];
        const own = noise(values.length, 10 * k + j + 1);
        return [symbol, Float64Array.from(values, (value, i) => value + size * own[i]!)];
      });
      return [name, Object.fromEntries(moved) as Record<string, Float64Array>];
    }),
  );
}

/** A learned optimiser as metamd export would find it. */
function takenHome(
  learner: LearnerId,
  model: ModelSettings,
  parameters: Leaves<ParameterSpec>,
  channels: number,
): TakenHome {
  const values = learnedValues(learner, parameters);
  const own = Object.keys(values).filter((name) => parameters[name] !== undefined);
  const learned: LearnedFile = {
    numerics: NUMERICS,
    method: learner,
    run: "0123456789abcdef",
    settings: {},
    domains: ["mnist"],
    model,
    parameters: map(({ shape }) => [...shape], parameters),
    blocks: Object.fromEntries(own.map((name) => [name, matrixSize(parameters[name]!)])),
    shared: Object.keys(values).filter((name) => !own.includes(name)),
    values: values as LearnedFile["values"],
  };
  const start = { learningRate: 0.25, weightDecay: 0.002, from: "tuned" };
  return { learned, channels, scaling: inputScaling({ normalise: "meanstd" }), rates: [], start };
}

/** Runs the first Python program of a document in an exported folder. */
function runExample(folder: string, document: string): Promise<Ended> {
  const [, code] = /```python\n([\s\S]*?)```/.exec(readFileSync(document, "utf8"))!;
  writeFileSync(join(folder, "example.py"), code!);
  return runProgram(python, ["example.py"], { folder, env: { PYTHONDONTWRITEBYTECODE: "1" } });
}

const MLP: ModelSettings = { kind: "mlp", hidden: [16, 12] };
const RESNET: ModelSettings = { kind: "resnet18", width: 4, freeze: "none" };
const LENET: ModelSettings = { kind: "lenet" };
const kernels = (parameters: Leaves<ParameterSpec>): Leaves<ParameterSpec> =>
  Object.fromEntries(Object.entries(parameters).filter(([, { shape }]) => shape.length === 4));
const MODELS = {
  mlp: { model: MLP, parameters: createModel(MLP, [8, 8, 3], 10).parameters, channels: 3 },
  lenet: { model: LENET, parameters: createModel(LENET, [28, 28, 1], 10).parameters, channels: 1 },
  convolutions: { model: RESNET, parameters: kernels(createModel(RESNET, [32, 32, 3], 10).parameters), channels: 3 },
};
const LEARNERS: readonly LearnerId[] = ["metamd", "meta_sgd", "meta_curvature", "aruba", "l2o"];

describe.skipIf(!there)("metamd_optim.py", () => {
  test("follows the program's traces, and keeps what it promises", async () => {
    const folder = scratchFolder();
    for (const [name, { model, parameters, channels }] of Object.entries(MODELS))
      for (const learner of LEARNERS) {
        const file = pytorchFile(takenHome(learner, model, parameters, channels));
        writeSafetensors(join(folder, `${name}-${learner}.safetensors`), file);
      }
    copyFileSync(join(packageRoot(), "src/runs/take-home/metamd_optim.py"), join(folder, "metamd_optim.py"));
    const tests = fileURLToPath(new URL("test_metamd_optim.py", import.meta.url));
    const golden = fileURLToPath(new URL("../../golden/take-home.json", import.meta.url));
    const env = { TAKE_HOME: folder, GOLDEN: golden, PYTHONDONTWRITEBYTECODE: "1" };
    const { code, stderr } = await runProgram(python, [tests], { env });
    expect([code, stderr]).toEqual([0, expect.stringMatching(/Ran \d\d tests in [\s\S]*\nOK\n$/)]);
  });

  test("the example of docs/take-home.md runs as it stands", async () => {
    const folder = join(scratchFolder(), "exported");
    const model: ModelSettings = { kind: "mlp", hidden: [32, 32] };
    const { parameters } = createModel(model, [28, 28, 1], 10);
    writePytorchFolder(folder, takenHome("metamd", model, parameters, 1));
    const { code, stderr } = await runExample(folder, join(packageRoot(), "docs", "take-home.md"));
    expect([code, stderr]).toEqual([0, ""]);
  });

  const every: [string, ModelSettings, number][] = [
    ["an MLP", MLP, 3],
    ["LeNet", LENET, 1],
    ["ResNet18", RESNET, 3],
    ["ResNet18 for small images", { kind: "resnet18s", width: 2, freeze: "none" }, 1],
  ];
  test.each(every)("the README's example of %s runs as it stands, and descends", async (_name, model, channels) => {
    const folder = join(scratchFolder(), "exported");
    const side = model.kind === "lenet" ? 28 : 8;
    const { parameters } = createModel(model, [side, side, channels], 10);
    const taken = takenHome("meta_sgd", model, parameters, channels);
    writePytorchFolder(folder, { ...taken, start: { ...taken.start, learningRate: 1 } });
    const { code, stdout, stderr } = await runExample(folder, join(folder, "README.md"));
    expect([code, stderr]).toEqual([0, ""]);
    const losses = stdout
      .trim()
      .split("\n")
      .map((line) => Number(line.split(" ")[1]));
    expect(losses).toHaveLength(20);
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
  });
});
