// What a call of the native engine costs beside the step that it computes, and what batches cost that are sent with it, in
// processor time of all threads: interleaved in blocks, medians.
import { median } from "../../dist/src/core/averages.js";
import { milliseconds } from "../../dist/src/core/clock.js";
import { openNamedEngine } from "../../dist/src/engine/open.js";
import { add } from "../../dist/src/engine/ops.js";
import { initialise } from "../../dist/src/models/initialise.js";
import { createModel } from "../../dist/src/models/index.js";
import { createOptimiser } from "../../dist/src/optimisers/index.js";
import { madeUpSplit } from "../../dist/src/runs/plan/made-up.js";
import { heldImages, imageBatches, placedBatches } from "../../dist/src/training/images.js";
import { trainingProgram } from "../../dist/src/training/program.js";
import { supervised } from "../../dist/src/training/supervised.js";
import { commandLine } from "../command-line.js";

const { flags } = commandLine({
  about: "What a call of the native engine costs beside its step, and what sending its batch does, in processor time.",
  options: {
    threads: { value: "N", kind: "count", default: 1, about: "of the engine" },
    blocks: { value: "N", kind: "count", default: 40, about: "turns of each" },
    images: { value: "N", kind: "count", default: 20_000, about: "of the training set" },
  },
});
const CLASSES = 10;
const CASES = {
  "MLP 784-256-256-10, batch 128": { model: { kind: "mlp", hidden: [256, 256] }, batchSize: 128, steps: 20 },
  "MLP 784-32-32-10, batch 64": { model: { kind: "mlp", hidden: [32, 32] }, batchSize: 64, steps: 50 },
  "LeNet, batch 128": { model: { kind: "lenet" }, batchSize: 128, steps: 10 },
};
const SHAPE = { height: 28, width: 28, channels: 1 };
const SCALARS = { learningRate: 1e-3, weightDecay: 1e-4 };
const engine = await openNamedEngine("tensorflow", { threads: flags.threads });
const split = madeUpSplit(SHAPE, CLASSES, flags.images);

/** Steps of SGD with momentum, and the batches of each. */
function training({ model, batchSize, steps }, isHeld) {
  const recipe = {
    split,
    normalisation: { mean: [0], std: [1] },
    batchSize,
    shuffle: { seed: 0, lastBatch: "drop" },
  };
  const problem = supervised(createModel(model, [28, 28, 1], CLASSES));
  const { parameters, layers } = problem;
  const create = () => createOptimiser("sgd_momentum", undefined, { parameters, layers });
  const batches = isHeld ? placedBatches(recipe) : imageBatches(recipe);
  const program = trainingProgram(engine, problem, create, [batchSize], undefined, isHeld ? ["images"] : undefined);
  if (isHeld) program.hold("images", heldImages(recipe));
  program.start(initialise(parameters, 0));
  let t = 0;
  return { steps, run: () => (t++, program.step(batches.at(t), t, SCALARS)), batches };
}

/** Calls that compute nothing: as many outputs as a step has. @param batchSize of the images that are sent; 0: none. */
function empty(batchSize) {
  const float = (shape) => ({ shape, dtype: "float32" });
  const scalars = { learningRate: float([]), weightDecay: float([]), gradientSums: float([6]) };
  const batch = { images: float([batchSize, 28, 28, 1]), labels: { shape: [batchSize], dtype: "int32" } };
  const step = (state, { learningRate, weightDecay, gradientSums }) => ({
    state,
    outputs: { loss: add(learningRate, weightDecay), gradientSums: add(gradientSums, weightDecay) },
  });
  const feeds = { ...scalars, ...(batchSize > 0 && batch) };
  const program = engine.compile({ state: {}, entries: { step: { feeds, step } } });
  const images = new Float32Array(batchSize * 784).fill(0.5);
  const fed = { ...SCALARS, gradientSums: new Float32Array(6), images, labels: new Int32Array(batchSize) };
  return { steps: 100, run: () => program.run("step", fed) };
}

const contestants = [];
const contest = (what, { steps, run }) => contestants.push({ what, steps, run, processor: [], times: [] });
contest("an empty call", empty(0));
contest("an empty call that is sent 64 images", empty(64));
contest("an empty call that is sent 128 images", empty(128));
for (const [name, given] of Object.entries(CASES)) {
  const [sent, held] = [training(given, false), training(given, true)];
  let t = 0;
  contest(`${name}: making a batch`, { steps: 10 * given.steps, run: () => sent.batches.at(++t) });
  contest(`${name}: a step whose batch is made and sent`, sent);
  contest(`${name}: a step of images that the program holds`, held);
}
for (const { run, steps } of contestants) for (let i = 0; i < steps; i++) run();
for (let block = 0; block < flags.blocks; block++)
  for (const { run, steps, processor, times } of contestants) {
    const [begun, started] = [process.cpuUsage(), milliseconds()];
    for (let i = 0; i < steps; i++) run();
    const { user, system } = process.cpuUsage(begun);
    processor.push((user + system) / 1e3 / steps);
    times.push((milliseconds() - started) / steps);
  }
console.log(`TensorFlow ${engine.details.versions.tensorflow}, ${flags.threads} thread(s), ${flags.images} images\n`);
console.log("| | processor ms | ms |\n| --- | ---: | ---: |");
for (const { what, processor, times } of contestants)
  console.log(`| ${what} | ${median(processor).toFixed(3)} | ${median(times).toFixed(3)} |`);
