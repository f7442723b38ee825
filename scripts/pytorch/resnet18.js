// ResNet18 here against PyTorch's: weights go over in both directions as safetensors, then logits in evaluation and in
// training, losses of a few steps and running statistics are compared.
// Usage: npm run build && node scripts/pytorch/resnet18.js [--python FILE] [--engine NAME] [--threads N] [--width N] [--steps N]
// Prints the largest absolute differences as a Markdown table (of the logits that the trained weights give: in parts of the
// largest logit); exit code 1 where one is above 1e-4. --python names a Python
// that has torch, torchvision and safetensors.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { namedStream, normal } from "../../dist/src/core/rng.js";
import { openNamedEngine } from "../../dist/src/engine/open.js";
import { createModel } from "../../dist/src/models/index.js";
import { initialise } from "../../dist/src/models/initialise.js";
import { pretrained, stateDict } from "../../dist/src/models/torch-layout.js";
import { createOptimiser } from "../../dist/src/optimisers/index.js";
import { supervised } from "../../dist/src/problems/supervised.js";
import { readSafetensors, writeSafetensors } from "../../dist/src/records/safetensors.js";
import { trainingProgram } from "../../dist/src/training/program.js";

const { values: flags } = parseArgs({
  options: {
    python: { type: "string", default: "python3" },
    engine: { type: "string", default: "tensorflow" },
    threads: { type: "string", default: "2" },
    width: { type: "string", default: "64" },
    steps: { type: "string", default: "3" },
  },
});
const LIMIT = 1e-4;
const CLASSES = 10;
const BATCH = 16;
// Small steps: rounding grows with every step of a deep net, in PyTorch as here.
const SCALARS = { learningRate: 0.001, weightDecay: 5e-4 };
const FORMS = [
  { kind: "resnet18s", side: 32 },
  { kind: "resnet18", side: 128 },
];
const width = Number(flags.width);
const steps = Number(flags.steps);

/** Logits of a batch by name of the pass, on values of all parameters and running statistics. */
function logitsOf(engine, model, images) {
  const float = (shape) => ({ shape, dtype: "float32" });
  const specs = { ...model.parameters, ...model.statistics };
  const program = engine.compile({
    state: Object.fromEntries(Object.entries(specs).map(([name, { shape }]) => [name, float(shape)])),
    entries: Object.fromEntries(
      [true, false].map((evaluation) => [
        evaluation ? "evaluation" : "training",
        {
          feeds: { images: float([BATCH, ...model.input]) },
          step: (state, feeds) => ({
            state,
            outputs: { logits: model.forward(state, feeds.images, { evaluation, statistics: state }) },
          }),
        },
      ]),
    ),
  });
  return (values, pass) => {
    program.load(values);
    return program.run(pass, { images }).logits;
  };
}

/** [n, h, w, c] to [n, c, h, w]. */
function channelsFirst(images, side) {
  const result = new Float32Array(images.length);
  for (let n = 0, at = 0; n < BATCH; n++)
    for (let p = 0; p < side * side; p++)
      for (let c = 0; c < 3; c++, at++) result[(n * 3 + c) * side * side + p] = images[at];
  return result;
}

const difference = (a, b) => {
  if (a.length !== b.length) throw new Error(`${a.length} numbers against ${b.length}`);
  return a.reduce((held, value, i) => Math.max(held, Math.abs(value - b[i])), 0);
};

const largestOf = (values) => values.reduce((held, value) => Math.max(held, Math.abs(value)), 0);

const engine = await openNamedEngine(flags.engine, { threads: Number(flags.threads) });
const script = fileURLToPath(new URL("resnet18_compared.py", import.meta.url));
const rows = [];
let versions;
for (const { kind, side } of FORMS) {
  const folder = mkdtempSync(join(tmpdir(), "metamd-pytorch-"));
  try {
    const [ours, batchFile, theirs, results] = ["ours", "batch", "theirs", "results"].map((name) =>
      join(folder, `${name}.safetensors`),
    );
    const model = createModel({ kind, width, freeze: "none" }, [side, side, 3], CLASSES);
    const draw = normal(namedStream(0, "images", kind));
    const images = Float32Array.from({ length: BATCH * side * side * 3 }, draw);
    const labels = Int32Array.from({ length: BATCH }, (_, i) => i % CLASSES);

    // Ours to PyTorch: the same start.
    const start = initialise({ ...model.parameters, ...model.statistics }, 0);
    const floats = Object.fromEntries(Object.entries(start).map(([name, v]) => [name, Float32Array.from(v)]));
    writeSafetensors(ours, { tensors: stateDict(model, floats), metadata: {} });
    const tensors = {
      images: { shape: [BATCH, 3, side, side], values: channelsFirst(images, side) },
      labels: { shape: [BATCH], values: labels },
    };
    writeSafetensors(batchFile, { tensors, metadata: {} });
    const { learningRate, weightDecay } = SCALARS;
    const args = [script, kind, flags.width, ours, batchFile, theirs, results, steps, learningRate, weightDecay];
    versions = execFileSync(flags.python, args.map(String), { encoding: "utf8" }).trim();
    const torch = readSafetensors(results).tensors;

    const logits = logitsOf(engine, model, images);
    const problem = supervised(model);
    const create = () => createOptimiser("sgd_momentum", undefined, problem);
    const program = trainingProgram(engine, problem, create, [BATCH]);
    program.start(start);
    const before = program.values();
    const batch = { size: BATCH, feeds: { images, labels } };
    const losses = Array.from({ length: steps }, (_, i) => program.step(batch, i + 1, SCALARS));
    const after = program.values();
    const moved = stateDict(model, after);
    const final = readSafetensors(theirs).tensors;
    const ofNames = (wanted) =>
      Object.keys(moved)
        .filter((name) => name.includes("running_") === wanted)
        .reduce((held, name) => Math.max(held, difference(moved[name].values, final[name].values)), 0);

    // PyTorch's to ours: what it ended with, counters of batches included.
    const back = pretrained(model, final, theirs).model;
    const received = initialise({ ...back.parameters, ...back.statistics }, 0);
    rows.push([
      kind,
      `${side}x${side}`,
      difference(logits(before, "evaluation"), torch.evaluationBefore.values),
      difference(logits(before, "training"), torch.trainingBefore.values),
      difference(losses, torch.losses.values),
      ofNames(false),
      ofNames(true),
      difference(logits(after, "evaluation"), torch.evaluationAfter.values) / largestOf(torch.evaluationAfter.values),
      difference(logits(received, "evaluation"), torch.evaluationAfter.values),
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const columns = [
  "form",
  "images",
  "logits, evaluation",
  "logits, training",
  `losses of ${steps} steps`,
  "weights after",
  "running statistics after",
  "logits after, of the largest",
  "PyTorch's weights here, logits",
];
const { name, versions: own } = engine.details;
console.log(`engine ${name} ${own[name] ?? ""}, ${versions}; width ${width}, batch ${BATCH}, SGD with momentum 0.9\n`);
console.log(`| ${columns.join(" | ")} |\n| ${columns.map((_, i) => (i < 2 ? "---" : "---:")).join(" | ")} |`);
for (const [kind, side, ...differences] of rows)
  console.log(`| \`${kind}\` | ${side} | ${differences.map((value) => value.toExponential(1)).join(" | ")} |`);
const largest = Math.max(...rows.flatMap((row) => row.slice(2)));
console.log(`\nlargest: ${largest.toExponential(2)}, ${largest <= LIMIT ? "within" : "ABOVE"} ${LIMIT}`);
process.exitCode = largest <= LIMIT ? 0 : 1;
