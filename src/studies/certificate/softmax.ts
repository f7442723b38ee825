import { join } from "node:path";
import { mean } from "../../core/averages.js";
import { bounds, violations } from "./bound.js";
import { minimise } from "./minimise.js";
import type { CertificateConfig } from "./settings.js";
import { derivedSeed } from "../../core/rng.js";
import type { CertificateRow } from "./record.js";
import { restrict, shuffledOrder, type Domain, type Split } from "../../data/index.js";
import type { Engine } from "../../engine/engine.js";
import { bregman, preconditioned, spectrum, squaredDistance, type Block } from "../../meta/metamd/kronecker.js";
import { initialise } from "../../models/initialise.js";
import { mlp } from "../../models/mlp.js";
import {
  parameterCount,
  softmaxLoss,
  softmaxSmoothness,
  sparseImages,
  type SparseImages,
} from "./softmax-regression.js";
import { supervised } from "../../training/supervised.js";
import { CHECKPOINT, imageTask, LAST_BATCH, learnBlocks } from "../shared/learn-blocks.js";

/** Evaluations of a loss after which its optimum is given up. */
const MOST_EVALUATIONS = 20_000;
const WEIGHT = "fc1.weight";
const BIAS = "fc1.bias";

/** What part B is given besides its config. */
export interface SoftmaxGround {
  readonly domains: readonly Domain[];
  readonly novel: Domain;
  readonly engine: Engine;
  /** Where learning leaves its checkpoint. */
  readonly folder: string;
  readonly signal: AbortSignal;
  say(what: string): void;
  pause(): Promise<void>;
}

/** Part B: softmax regression, convex, on rotations. The preconditioner is learned on the engine by MetaMD's own outer
 *  loop; optima and averaged iterates are found in double precision, since a float32 gradient has no 1e-6 to speak of.
 *  C and r are known before the data: C from the cap on |a|², |b|², and r = √(2 ln K/λ) + max |θ_1|, since the loss at the
 *  optimum is at most the loss ln K at 0 of K classes. σ² ≤ the loss at the optimum, no batch's being below 0. */
export async function certifySoftmax(
  { softmax, delta, seed }: Pick<CertificateConfig, "softmax" | "delta" | "seed">,
  ground: SoftmaxGround,
): Promise<CertificateRow[]> {
  const { domains, novel, say, pause } = ground;
  const splits = await Promise.all(domains.map((domain) => restrict(domain, ["train"]).split("train")));
  const { classes } = novel;
  const learned = await learnBlock(softmax, seed, splits, ground);
  const images = splits.map((split) => sparseImages(split, classes));
  const novelImages = sparseImages(await restrict(novel, ["train"]).split("train"), classes);
  const all = [...images, novelImages];
  const { weightDecay, gradientNorm } = softmax;
  const starts = all.map((one, task) => startOf(one, derivedSeed(seed, "certificate", "start", task)));
  const optima: { x: Float64Array; value: number }[] = [];
  for (const [task, one] of all.entries()) {
    say(`optimum of ${[...domains, novel][task]!.id}`);
    const loss = (x: Float64Array, g: Float64Array): number => softmaxLoss(one, x, weightDecay, g);
    optima.push(await minimise(loss, starts[task]!, { gradientNorm, most: MOST_EVALUATIONS }, pause));
  }
  const smoothness = Math.max(...all.map((one) => softmaxSmoothness(one, weightDecay)));
  const sigmaSquared = mean(optima.slice(0, -1).map(({ value }) => value));
  const { features } = novelImages;
  const c = Math.sqrt(squaredDistance(capped(classes, features, softmax.learning.cap)));
  const r = Math.sqrt((2 * Math.log(classes)) / weightDecay) + Math.sqrt(parameterCount(novelImages) / features);
  const identity: Block = { a: new Float64Array(features), b: new Float64Array(classes) };
  const rows: CertificateRow[] = [];
  for (const [preconditioner, block] of Object.entries({ identity, learned })) {
    const largestEta = Math.min(1, spectrum(block).smallest) / (2 * smoothness);
    const eta = softmax.stepShare * largestEta;
    const distance = Math.sqrt(squaredDistance(block));
    const conditions = { convex: true, fixedBefore: true, independent: false, distance, c, eta, largestEta };
    const meanDivergence = mean(images.map((one, i) => divergence(block, one, starts[i]!, optima[i]!.x)));
    say(`averaged iterates on ${novel.id}, M ${preconditioner}`);
    const optimum = optima.at(-1)!.value;
    const losses = await averagedLosses({ softmax, seed, pause }, novelImages, starts.at(-1)!, block, eta);
    for (const [i, steps] of softmax.steps.entries()) {
      const premises = { meanDivergence, tasks: images.length, eta, steps, c, r, delta, sigmaSquared };
      const { printed, corrected } = bounds(premises);
      rows.push({
        setting: `softmax regression, ${novel.id}`,
        preconditioner,
        ...premises,
        suboptimality: losses[i]! - optimum,
        boundPrinted: printed,
        boundCorrected: corrected,
        violated: violations(conditions),
      });
    }
  }
  return rows;
}

/** MetaMD's outer loop on softmax regression, from its checkpoint if it has one. */
async function learnBlock(
  { learning, batchSize }: CertificateConfig["softmax"],
  seed: number,
  splits: readonly Split[],
  { domains, engine, folder, signal, say, pause }: SoftmaxGround,
): Promise<Block> {
  say("learning the preconditioner");
  const { height, width, channels, classes } = domains[0]!;
  const problem = supervised(mlp({ hidden: [] }, [height, width, channels], classes));
  const tasks = splits.map((split, i) => imageTask(domains[i]!.id, problem, split, batchSize));
  const training = {
    engine,
    tasks,
    parameters: problem.parameters,
    seed: derivedSeed(seed, "certificate", "meta-train"),
    signal,
    onStep: () => undefined,
  };
  const { learned } = await learnBlocks(learning, training, join(folder, CHECKPOINT));
  await pause();
  return learned[WEIGHT]!;
}

/** Fresh parameters in the layout of `softmaxLoss`. */
function startOf({ features, classes }: SparseImages, seed: number): Float64Array {
  const drawn = initialise(mlp({ hidden: [] }, [features], classes).parameters, seed);
  const theta = new Float64Array((features + 1) * classes);
  theta.set(drawn[BIAS]!, features * classes);
  drawn[WEIGHT]!.forEach((entry, at) => (theta[(at % features) * classes + Math.floor(at / features)] = entry));
  return theta;
}

/** B_M(y||x): the weights' block, and ½|y − x|² of the biases. The stored matrix is the transpose of out × in, so that a
 *  and b change places. */
function divergence({ a, b }: Block, { features, classes }: SparseImages, x: Float64Array, y: Float64Array): number {
  const moved = y.map((entry, i) => entry - x[i]!);
  const weights = { rows: features, columns: classes, values: moved.slice(0, features * classes) };
  const rest = moved.subarray(features * classes).reduce((sum, entry) => sum + 0.5 * entry * entry, 0);
  return bregman({ a: b, b: a }, weights) + rest;
}

interface Descent {
  readonly softmax: CertificateConfig["softmax"];
  readonly seed: number;
  readonly pause: () => Promise<void>;
}

/** Losses of the mean of θ_1 … θ_T under θ ← θ − ηM⁻¹g on mini-batches, for every T asked for. */
async function averagedLosses(
  { softmax: { steps, batchSize, weightDecay }, seed, pause }: Descent,
  images: SparseImages,
  start: Float64Array,
  { a, b }: Block,
  eta: number,
): Promise<number[]> {
  const { features, classes, count } = images;
  const weights = features * classes;
  const theta = start.slice();
  const sum = new Float64Array(theta.length);
  const gradient = new Float64Array(theta.length);
  const losses = new Map<number, number>();
  const order = shuffledOrder(count, batchSize, derivedSeed(seed, "certificate", "batches"), LAST_BATCH);
  for (let t = 1; t <= Math.max(...steps); t++) {
    for (let i = 0; i < sum.length; i++) sum[i]! += theta[i]!;
    if (steps.includes(t)) {
      const average = sum.map((entry) => entry / t);
      losses.set(t, softmaxLoss(images, average, weightDecay, gradient));
    }
    softmaxLoss(images, theta, weightDecay, gradient, order.indicesAt(t));
    const g = { rows: features, columns: classes, values: gradient.subarray(0, weights) };
    const { values } = preconditioned({ a: b, b: a }, g);
    for (let i = 0; i < weights; i++) theta[i]! -= eta * values[i]!;
    for (let i = weights; i < theta.length; i++) theta[i]! -= eta * gradient[i]!;
    await pause();
  }
  return steps.map((t) => losses.get(t)!);
}

/** A block whose vectors are as long as the cap allows. */
function capped(rows: number, columns: number, cap: number): Block {
  const vector = (length: number): Float64Array => new Float64Array(length).fill(Math.sqrt(cap / length));
  return { a: vector(columns), b: vector(rows) };
}
