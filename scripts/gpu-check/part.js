// A part of gpu-check, in a process of its own: node part.js rules|losses|times|batches|sharing OPTIONS. Prints JSON.
import { median } from "../../dist/src/core/averages.js";
import { milliseconds } from "../../dist/src/core/clock.js";
import { openNamedEngine } from "../../dist/src/engine/open.js";
import { initialise } from "../../dist/src/models/initialise.js";
import { createModel } from "../../dist/src/models/index.js";
import { everyParameter } from "../../dist/src/models/model.js";
import { createOptimiser, METHOD_IDS, untrained } from "../../dist/src/optimisers/index.js";
import { visibleGpus } from "../../dist/src/engine/gpus.js";
import { fastestRunsPerGpu } from "../../dist/src/runs/plan/runs-per-gpu.js";
import { madeUpSplit } from "../../dist/src/runs/plan/made-up.js";
import { inBlocks } from "../../dist/src/training/blocks.js";
import { heldImages, imageBatches, placedBatches } from "../../dist/src/training/images.js";
import { trainingProgram } from "../../dist/src/training/program.js";
import { modelProbe } from "../../dist/src/training/step-probe.js";
import { supervised } from "../../dist/src/training/supervised.js";
import { failing } from "../command-line.js";

const MODELS = {
  mlp: { settings: { kind: "mlp", hidden: [256, 256] }, shape: [28, 28, 1], batch: 128 },
  lenet: { settings: { kind: "lenet" }, shape: [28, 28, 1], batch: 128 },
  resnet18: { settings: { kind: "resnet18s", width: 64, freeze: "none" }, shape: [32, 32, 3], batch: 128 },
  resnet18_224: { settings: { kind: "resnet18", width: 64, freeze: "none" }, shape: [224, 224, 3], batch: 64 },
};
const CLASSES = 10;
const STEPS = 20;
/** Rates that move the losses; those by sign or size of a gradient are smaller. */
const RATES = { adam: 1e-3, adamw: 1e-3, rmsprop: 1e-3, lion: 1e-4, l2o: 1e-2, kfac: 1e-2 };

const [, , name, options] = process.argv;
const engine = await openNamedEngine("tensorflow", {}).catch(failing);
const { share = 1, blocks = 1 } = JSON.parse(options);
const PARTS = { rules, losses, times, batches, sharing };
console.log(JSON.stringify(await PARTS[name]()));

/** Examples of a batch that is timed. */
function timedBatch(model) {
  return Math.max(1, Math.round(MODELS[model].batch * share));
}

/** Steps of a turn. */
function stepsOf(model) {
  return model.startsWith("resnet") ? 2 : 20;
}

/** A method on a model, with batches that are the same everywhere.
 *  @param isHeld whether the program holds all images; else their batches are sent. */
function prepared(model, method, isHeld = false, batch = MODELS[model].batch) {
  const { settings, shape } = MODELS[model];
  const built = createModel(settings, shape, CLASSES);
  const problem = supervised(built);
  const [height, width, channels] = shape;
  const { parameters, layers } = built;
  const learned = untrained(method, parameters);
  const create = (values) => createOptimiser(method, {}, { parameters, layers, learned: values });
  const program = trainingProgram(engine, problem, create, [batch], learned, isHeld ? ["images"] : undefined);
  const zeros = new Array(channels).fill(0);
  const recipe = {
    split: madeUpSplit({ height, width, channels }, CLASSES, 4 * batch),
    normalisation: { mean: zeros, std: zeros.map(() => 1) },
    batchSize: batch,
    shuffle: { seed: 0, lastBatch: "drop" },
  };
  const batches = isHeld ? placedBatches(recipe) : imageBatches(recipe);
  if (isHeld) program.hold("images", heldImages(recipe));
  const learningRate = RATES[method] ?? 0.02;
  return {
    program,
    start: () => program.start(initialise(everyParameter(problem), 0), learned),
    steps: (first, last, rate = learningRate) =>
      Array.from({ length: last - first + 1 }, (_unused, i) =>
        program.step(batches.at(first + i), first + i, { learningRate: rate, weightDecay: 1e-4 }),
      ),
  };
}

/** What holds of every method on every device. */
function rules() {
  const checks = METHOD_IDS.flatMap((method) => {
    const { program, start, steps } = prepared("mlp", method);
    start();
    const before = program.theta();
    steps(1, 2, 0);
    const still = program.theta();
    start();
    const whole = steps(1, STEPS);
    start();
    const again = steps(1, STEPS);
    start();
    const half = steps(1, STEPS / 2);
    const state = program.read();
    start();
    program.restore(state);
    const rest = steps(STEPS / 2 + 1, STEPS);
    program.dispose();
    const holding = prepared("mlp", method, true);
    holding.start();
    const held = holding.steps(1, STEPS);
    holding.program.dispose();
    return [
      { rule: "images that the program holds change no loss", passed: equal(whole, held) },
      { rule: "a rate of 0 moves nothing", passed: Object.keys(before).every((key) => equal(before[key], still[key])) },
      { rule: "losses are finite", passed: whole.every(Number.isFinite) },
      { rule: "the same run gives the same losses", passed: equal(whole, again) },
      { rule: "stopping and going on changes no loss", passed: equal(whole, [...half, ...rest]) },
    ].map((check) => ({ method, ...check }));
  });
  return { engine: engine.details, checks };
}

function equal(a, b) {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

function losses() {
  const asked = ["mlp", "lenet"].flatMap((model) => METHOD_IDS.map((method) => ({ model, method })));
  const rows = asked.map(({ model, method }) => {
    const { program, start, steps } = prepared(model, method);
    start();
    const found = steps(1, STEPS);
    program.dispose();
    return { model, method, losses: found };
  });
  return { rows };
}

async function times() {
  const contestants = [];
  for (const [model, { settings, shape }] of Object.entries(MODELS))
    for (const method of ["sgd_momentum", "metamd"]) {
      const batch = timedBatch(model);
      const probe = modelProbe(engine, createModel(settings, shape, CLASSES), method, batch);
      probe.run(share < 1 ? 1 : 3);
      contestants.push({ model, method, batch, steps: stepsOf(model), run: probe.run, times: [] });
    }
  await inBlocks(contestants, blocks, ({ times }, measured) => times.push(...measured));
  const rows = contestants.map(({ model, method, batch, steps, times }) => ({
    model,
    method,
    batch,
    steps,
    milliseconds: median(times),
  }));
  return { rows };
}

/** Steps with their batches: made and sent, and of images that the program holds. */
async function batches() {
  const contestants = Object.keys(MODELS).flatMap((model) =>
    [false, true].map((isHeld) => {
      const batch = timedBatch(model);
      const { start, steps } = prepared(model, "sgd_momentum", isHeld, batch);
      start();
      let t = 0;
      const step = () => {
        const begun = milliseconds();
        steps(++t, t);
        return milliseconds() - begun;
      };
      const run = (count) => Array.from({ length: count }, step);
      run(share < 1 ? 1 : 3);
      return { model, batch, isHeld, steps: stepsOf(model), run, times: [] };
    }),
  );
  await inBlocks(contestants, blocks, ({ times }, measured) => times.push(...measured));
  const rows = contestants.map(({ model, batch, isHeld, times }) => ({
    model,
    batch,
    isHeld,
    milliseconds: median(times),
  }));
  return { rows };
}

/** How many runs do most together on the first GPU, by model: remembered for the runs of this machine. */
async function sharing() {
  const [gpu] = visibleGpus();
  const rows = [];
  if (gpu === undefined || !engine.details.gpu) return { rows };
  for (const [model, { settings, shape, batch }] of Object.entries(MODELS)) {
    const stepped = { model: settings, input: shape, classes: CLASSES, batchSize: batch };
    rows.push({ model, batch, runs: await fastestRunsPerGpu(stepped, gpu) });
  }
  return { rows };
}
