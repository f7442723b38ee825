// A trial of an experiment again in PyTorch: the exported optimiser (metamd export RUN --format pytorch) trains the same MLP from
// the same initial weights on the same batches, and its losses are compared with those of the trial's record.
// Prints a Markdown table of losses and the largest relative difference; exit code 1 where it is above 1e-4 and above twice that
// of PyTorch's float32 from its own float64. For MLPs on grey images.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { derivedSeed } from "../../dist/src/core/rng.js";
import { rowOf } from "../../dist/src/config/variants.js";
import { madeOnDemand } from "../../dist/src/data/batches/source.js";
import { openDomain } from "../../dist/src/data/domain.js";
import { createModel } from "../../dist/src/models/index.js";
import { initialise } from "../../dist/src/models/initialise.js";
import { stateDict } from "../../dist/src/models/torch-layout.js";
import { openRunStore } from "../../dist/src/records/store.js";
import { readSafetensors, writeSafetensors } from "../../dist/src/records/safetensors.js";
import { dataOptions } from "../../dist/src/config/suite.js";
import { exportLearned } from "../../dist/src/runs/take-home/export.js";
import { commandLine } from "../command-line.js";

const { flags, operands } = commandLine({
  about:
    "A trial of EXPERIMENT again in PyTorch, with the exported optimiser: its losses compared with those of its record.",
  operands: ["EXPERIMENT"],
  options: {
    results: { value: "DIR", default: "results", about: "where results are" },
    data: { value: "DIR", default: "datasets", about: "where datasets are" },
    method: { value: "ID", default: "metamd", about: "whose trial" },
    holdout: { value: "DOMAIN", about: "on which holdout; absent: the first" },
    python: { value: "FILE", default: "python3", about: "a Python that has torch and safetensors" },
  },
});
const LIMIT = 1e-4;

const store = openRunStore(flags.results, operands[0]);
const plan = store.plan();
const { config } = plan;
const wanted = ({ phase, method, holdout }) =>
  phase === "trial" && method === flags.method && holdout === (flags.holdout ?? plan.holdouts[0]);
const cell = plan.cells.find(wanted);
const learnedBy = plan.cells.find(({ id, phase }) => phase === "meta-train" && cell.dependsOn.includes(id));
const record = store.read(cell.id);
const losses = store.curve(cell.id).map(({ trainLoss }) => trainLoss);
const { learningRate, weightDecay } = record.selected;

const folder = mkdtempSync(join(tmpdir(), "metamd-take-home-"));
try {
  const to = join(folder, "exported");
  exportLearned({ results: flags.results, data: flags.data, run: learnedBy.id, format: "pytorch", to });
  const domain = openDomain(cell.holdout, dataOptions(config, flags.data));
  const { height, width, channels, classes } = domain;
  const model = createModel(config.model, [height, width, channels], classes);
  const seed = derivedSeed(config.seed, "trial", cell.seed);
  const { batchSize, lastBatch } = config.training;
  const batches = madeOnDemand({
    split: await domain.split("trainAll"),
    normalisation: await domain.normalisation(),
    batchSize,
    shuffle: { seed, lastBatch },
  });
  const images = new Float32Array(losses.length * batchSize * height * width * channels);
  const labels = new Int32Array(losses.length * batchSize);
  losses.forEach((_loss, step) => {
    const batch = batches.at(step + 1);
    images.set(batch.pixels, step * batch.pixels.length);
    labels.set(batch.labels, step * batchSize);
  });
  batches.close();
  const tensors = {
    ...stateDict(model, initialise(model.parameters, seed)),
    images: { shape: [losses.length, batchSize, channels, height, width], values: images },
    labels: { shape: [losses.length, batchSize], values: labels },
  };
  writeSafetensors(join(folder, "run.safetensors"), { tensors, metadata: {} });
  const script = fileURLToPath(new URL("take_home.py", import.meta.url));
  const { momentum = 0 } = rowOf(config, cell.method).settings;
  const args = [script, to, folder, learningRate, weightDecay, momentum].map(String);
  const torch = execFileSync(flags.python, args, { encoding: "utf8" }).trim();
  const theirs = readSafetensors(join(folder, "losses.safetensors")).tensors;
  const [single, double] = [theirs.float32.values, theirs.float64.values];

  const apart = (one, other) => Math.max(...one.map((loss, i) => Math.abs(loss - other[i]) / loss));
  console.log(
    `${cell.method}, learned without ${cell.holdout} by run ${learnedBy.id}; trial ${cell.id}; torch ${torch}`,
  );
  console.log(`learning rate ${learningRate}, weight decay ${weightDecay}, ${losses.length} steps of ${batchSize}\n`);
  console.log("| step | here | PyTorch | PyTorch in float64 |\n| ---: | ---: | ---: | ---: |");
  losses.forEach((loss, i) => {
    const shown = i === 0 || (i + 1) % 20 === 0;
    if (shown) console.log(`| ${i + 1} | ${loss.toFixed(6)} | ${single[i].toFixed(6)} | ${double[i].toFixed(6)} |`);
  });
  const [largest, own] = [apart(losses, single), apart([...single], double)];
  const held = largest <= Math.max(LIMIT, 2 * own);
  console.log(
    `\nlargest relative difference of a loss: ${largest.toExponential(1)}, ${held ? "within bounds" : "TOO LARGE"}`,
  );
  console.log(`of PyTorch's float32 from its float64: ${own.toExponential(1)}`);
  process.exitCode = held ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
