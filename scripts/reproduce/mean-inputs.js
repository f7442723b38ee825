// How near the direction that MetaMD damps in each layer is to the mean of the layer's inputs: cosines between a of what was
// learned for RotatedMNIST and mean inputs, on the images it was learned on and on those held out, in networks at their first
// weights and after the trial that the learned optimiser trained. Makes results/reference/mean-inputs/mean-inputs.csv.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { commandLine } from "../command-line.js";
import { dataOptions } from "../../dist/src/config/suite.js";
import { rowOf } from "../../dist/src/config/variants.js";
import { derivedSeed } from "../../dist/src/core/rng.js";
import { madeOnDemand } from "../../dist/src/data/batches/source.js";
import { openDomain } from "../../dist/src/data/domain.js";
import { openEngine } from "../../dist/src/engine/index.js";
import { createOptimiser } from "../../dist/src/optimisers/index.js";
import { readLearned, readRecords } from "../../dist/src/records/index.js";
import { createModel, initialise, supervised, trainingProgram } from "../../dist/src/training/index.js";
import { cosine } from "./spectra.js";
import { unpack } from "./unpack.js";

const EXPERIMENT = "rotated-mnist-extended";
const METHODS = ["metamd", "metamd_short"];
/** Batches of every domain that means are over. */
const BATCHES = 10;
/** Steps in which a trial made anew has the record's losses but for FAR: later ones differ as engines round in their own ways. */
const SAME_STEPS = 20;
const FAR = 1e-3;

const { flags } = commandLine({
  about: `Compares what MetaMD damps with mean inputs; makes ${join("results", "reference", "mean-inputs", "mean-inputs.csv")}.`,
  options: {
    data: { value: "DIR", default: "datasets", about: "where datasets are: MNIST" },
    engine: { value: "NAME", default: "auto", about: "the engine" },
    to: { value: "FILE", default: "mean-inputs.csv", about: "the table" },
  },
});

const results = mkdtempSync(join(tmpdir(), "metamd-mean-inputs-"));
try {
  unpack(results, [EXPERIMENT]);
  const { plan, runs } = readRecords(join(results, EXPERIMENT));
  const { engine } = await openEngine(flags.engine, { threads: 1 });
  const tools = { engine, config: plan.config, runs };
  const rows = [];
  for (const method of METHODS)
    for (const holdout of plan.holdouts) rows.push(...(await rowsOf(tools, method, holdout)));
  const head = "method,holdout,layer,images,network,cosine,ones";
  mkdirSync(dirname(flags.to), { recursive: true });
  writeFileSync(flags.to, `${[head, ...rows.map((row) => row.join(","))].join("\n")}\n`);
} finally {
  rmSync(results, { recursive: true });
}

/** Cosines of every layer with the mean inputs of both sets of images in both networks. */
async function rowsOf({ engine, config, runs }, method, holdout) {
  const isOf = ({ record: { cell } }, phase) =>
    cell.phase === phase && cell.method === method && cell.holdout === holdout;
  const learner = runs.find((one) => isOf(one, "meta-train"));
  const trial = runs.find((one) => isOf(one, "trial") && one.record.cell.trial === 0);
  const { values } = readLearned(learner.learnedFile);
  const networks = await networksOf({ engine, config, method, trial, values });
  const images = { "learned on": learner.record.cell.metaTrain, "held out": [holdout] };
  const rows = [];
  for (const [set, domains] of Object.entries(images)) {
    const batches = (await Promise.all(domains.map((domain) => imagesOf(config, domain)))).flat();
    for (const [network, theta] of Object.entries(networks))
      for (const [layer, mean] of Object.entries(meanInputs(theta, Object.keys(values), batches))) {
        const { a } = values[layer];
        const ones = new Float32Array(a.length).fill(1);
        const found = [cosine(a, mean), cosine(ones, mean)].map((one) => one.toFixed(4));
        rows.push([method, holdout, layer.replace(/\.weight$/, ""), set, network, ...found]);
      }
  }
  return rows;
}

/** A trial's network at its first weights and after its last step, made anew. */
async function networksOf({ engine, config, method, trial, values }) {
  const { cell, selected } = trial.record;
  const { height, width, channels, classes } = openDomain(cell.holdout, dataOptions(config, flags.data));
  const model = createModel(config.model, [height, width, channels], classes);
  const { parameters } = model;
  const { settings, method: id } = rowOf(config, method);
  const rule = (learned) => createOptimiser(id, settings, { parameters, learned });
  const { batchSize } = config.training;
  const program = trainingProgram(engine, supervised(model), rule, [batchSize], values);
  const seed = derivedSeed(config.seed, "trial", cell.seed);
  const first = initialise(parameters, seed);
  program.start(first, values);
  const source = await batchesOf(config, cell.holdout, seed);
  const losses = trial.curve().map(({ trainLoss }) => trainLoss);
  let far = 0;
  losses.forEach((recorded, i) => {
    const { size, pixels, labels } = source.at(i + 1);
    const loss = program.step({ size, feeds: { images: pixels, labels } }, i + 1, selected);
    if (i < SAME_STEPS) far = Math.max(far, Math.abs(loss - recorded));
  });
  source.close();
  if (!(far < FAR)) throw new Error(`${cell.id}: not the trial of the record: losses differ by ${far}`);
  const trained = program.theta();
  program.dispose();
  return { first, trained };
}

async function batchesOf(config, id, seed) {
  const domain = openDomain(id, dataOptions(config, flags.data));
  const { batchSize, lastBatch } = config.training;
  const [split, normalisation] = [await domain.split("trainAll"), await domain.normalisation()];
  return madeOnDemand({ split, normalisation, batchSize, shuffle: { seed, lastBatch } });
}

/** The first batches of a domain's training images. */
async function imagesOf(config, id) {
  const source = await batchesOf(config, id, 0);
  const made = Array.from({ length: BATCHES }, (_none, i) => {
    const { size, pixels } = source.at(i + 1);
    return { size, pixels: pixels.slice() };
  });
  source.close();
  return made;
}

/** The mean input of every layer of an MLP: the image, then what the layer before it gives. */
function meanInputs(theta, weights, batches) {
  const sums = {};
  for (const { size, pixels } of batches) {
    const inputs = pixels.length / size;
    for (let i = 0; i < size; i++) {
      let x = pixels.subarray(i * inputs, (i + 1) * inputs);
      for (const name of weights) {
        sums[name] ??= new Float64Array(x.length);
        x.forEach((value, at) => (sums[name][at] += value));
        x = layerOf(theta[name], theta[name.replace(/weight$/, "bias")], x);
      }
    }
  }
  return sums;
}

/** relu(W x + b), W by rows. */
function layerOf(weight, bias, x) {
  return Float64Array.from(bias, (start, row) => {
    let sum = start;
    for (let i = 0, at = row * x.length; i < x.length; i++, at++) sum += weight[at] * x[i];
    return Math.max(0, sum);
  });
}
