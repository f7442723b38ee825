// The share of training time that a run waits for its batches, made on demand and prepared ahead in threads.
// Prints a Markdown table. Images are made up: digits and CIFAR10-shaped ones lie in memory, 224x224 ones in a file.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { median } from "../../dist/src/core/averages.js";
import { milliseconds } from "../../dist/src/core/clock.js";
import { pace } from "../../dist/src/core/interruption.js";
import { namedStream } from "../../dist/src/core/rng.js";
import { inSharedMemory } from "../../dist/src/data/bytes.js";
import { madeOnDemand } from "../../dist/src/data/batches/source.js";
import { batchThreads } from "../../dist/src/data/batches/threads.js";
import { openNamedEngine } from "../../dist/src/engine/open.js";
import { createModel } from "../../dist/src/models/index.js";
import { initialise } from "../../dist/src/models/initialise.js";
import { resnet18 } from "../../dist/src/models/resnet18.js";
import { createOptimiser } from "../../dist/src/optimisers/index.js";
import { imageBatches } from "../../dist/src/training/images.js";
import { supervised } from "../../dist/src/training/supervised.js";
import { trainingProgram } from "../../dist/src/training/program.js";
import { commandLine, scratchFolder } from "../command-line.js";

const { flags } = commandLine({
  about: "The share of training time that a run waits for its batches, made on demand and prepared ahead in threads.",
  options: {
    threads: { value: "N", kind: "count", default: 2, about: "threads of the engine" },
    blocks: { value: "N", kind: "count", default: 6, about: "turns of both" },
    cases: {
      value: "a,b",
      kind: "list",
      default: ["mlp", "lenet", "lenet-rgb", "resnet", "files"],
      about: "which images",
    },
    "no-step": { about: "a timer instead of the step, for machines without the native engine" },
  },
});
const CROP_AND_FLIP = { crop: 4, flip: true };
const CIFAR = { height: 32, width: 32, channels: 3 };
const lenetOf = (channels) => createModel({ kind: "lenet" }, [28, 28, channels], 10);
/** Milliseconds a step takes with --no-step: as on two cores. */
const CASES = {
  mlp: {
    title: "digits, MLP, batch 128",
    shape: { height: 28, width: 28, channels: 1 },
    model: () => createModel({ kind: "mlp", hidden: [256, 256] }, [28, 28, 1], 10),
    batchSize: 128,
    steps: 100,
    milliseconds: 3,
  },
  lenet: {
    title: "28x28 grey, crop and flip, LeNet, batch 128",
    shape: { height: 28, width: 28, channels: 1 },
    model: () => lenetOf(1),
    batchSize: 128,
    augmentation: CROP_AND_FLIP,
    steps: 40,
    milliseconds: 12,
  },
  "lenet-rgb": {
    title: "28x28 colour, crop and flip, LeNet, batch 128",
    shape: { height: 28, width: 28, channels: 3 },
    model: () => lenetOf(3),
    batchSize: 128,
    augmentation: CROP_AND_FLIP,
    steps: 40,
    milliseconds: 15,
  },
  resnet: {
    title: "CIFAR10 shape, crop and flip, ResNet18, batch 32",
    shape: CIFAR,
    model: () => resnet18([32, 32, 3], 10),
    batchSize: 32,
    augmentation: CROP_AND_FLIP,
    steps: 2,
    milliseconds: 1500,
  },
  files: {
    title: "224x224 from a file, flip, batch 32; step: ResNet18 on 32x32, a third of the work of 224",
    shape: { height: 224, width: 224, channels: 3 },
    model: () => resnet18([32, 32, 3], 10),
    batchSize: 32,
    augmentation: { crop: 0, flip: true },
    steps: 2,
    milliseconds: 1500,
  },
};

const folder = scratchFolder("data-share");
/** Lets signals in. */
const breathe = pace();

function splitOf({ height, width, channels }, stored) {
  const count = stored ? 500 : 10_000;
  const uniform = namedStream(0, "bench");
  const noise = Uint8Array.from({ length: 65_536 }, () => Math.floor(256 * uniform()));
  const bytes = new Uint8Array(count * height * width * channels).map((_, i) => noise[(i * 7919) & 65_535]);
  const labels = Uint16Array.from({ length: count }, (_, i) => i % 10);
  const shape = { height, width, channels };
  if (!stored) return { shape, labels, count, images: inSharedMemory([bytes]) };
  const path = join(folder, "images.u8");
  writeFileSync(path, bytes);
  return { shape, labels, count, images: { path, places: Int32Array.from({ length: count }, (_, i) => i) } };
}

/** A step that takes a batch of a case; the images of 224x224 are waited for, and others are trained on. */
function stepOf(engine, { model, shape, batchSize, milliseconds: pause }) {
  if (engine === undefined) {
    const never = new Int32Array(new SharedArrayBuffer(4));
    return () => void Atomics.wait(never, 0, 0, pause);
  }
  const built = model();
  const { parameters, layers } = built;
  const create = () => createOptimiser("sgd_momentum", undefined, { parameters, layers });
  const program = trainingProgram(engine, supervised(built), create, [batchSize]);
  program.start(initialise(parameters, 0));
  const [size, same] = [built.input.reduce((a, b) => a * b), shape.height === built.input[0]];
  const other = new Float32Array(batchSize * size).fill(0.5);
  let t = 0;
  return ({ feeds }) => {
    const batch = { size: batchSize, feeds: same ? feeds : { images: other, labels: feeds.labels } };
    program.step(batch, ++t, { learningRate: 1e-3, weightDecay: 1e-4 });
  };
}

const engine = flags["no-step"] ? undefined : await openNamedEngine("tensorflow", { threads: flags.threads });
const pools = { "on demand": madeOnDemand, "1 thread": batchThreads(1), "2 threads": batchThreads(2) };
const columns = Object.keys(pools);
console.log(`${engine ? `tensorflow ${engine.details.versions.tensorflow}, ${flags.threads} thread(s)` : "no step"}`);
console.log(`\n| batches | step ms | ${columns.map((name) => `${name}: wait ms | share`).join(" | ")} |`);
console.log(`| --- | ---: | ${columns.map(() => "---: | ---:").join(" | ")} |`);
for (const name of flags.cases) {
  const held = CASES[name];
  const split = splitOf(held.shape, name === "files");
  const normalisation = {
    mean: new Array(held.shape.channels).fill(0.5),
    std: new Array(held.shape.channels).fill(0.25),
  };
  const { batchSize, augmentation, steps } = held;
  const recipe = { split, normalisation, batchSize, shuffle: { seed: 0, lastBatch: "drop" }, augmentation };
  const step = stepOf(engine, held);
  const runs = Object.entries(pools).map(([column, pool]) => {
    const open = typeof pool === "function" ? pool : (wanted) => pool.open(wanted);
    return { column, batches: imageBatches(recipe, open), t: 0, waits: [], total: { wait: 0, step: 0 }, steps: [] };
  });
  for (let block = 0; block <= flags.blocks; block++) {
    for (const run of runs) {
      await breathe();
      for (let i = 0; i < steps; i++) {
        const begun = milliseconds();
        const batch = run.batches.at(++run.t);
        const ready = milliseconds();
        step(batch);
        const end = milliseconds();
        // The first block warms up.
        if (block === 0) continue;
        run.waits.push(ready - begun);
        run.steps.push(end - ready);
        run.total.wait += ready - begun;
        run.total.step += end - ready;
      }
    }
  }
  const cells = runs.map(({ waits, total: { wait, step } }) => {
    return `${median(waits).toFixed(3)} | ${((100 * wait) / (wait + step)).toFixed(2)} %`;
  });
  for (const { batches } of runs) batches.close();
  console.log(`| ${held.title} | ${median(runs.flatMap(({ steps }) => steps)).toFixed(1)} | ${cells.join(" | ")} |`);
}
