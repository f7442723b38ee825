import { EXIT, UserError } from "../../core/errors.js";
import { dot } from "../../core/linear/vectors.js";
import { derivedSeed, namedStream } from "../../core/rng.js";
import { map, type Leaves } from "../../core/tree.js";
import type { MatrixView } from "../../engine/parameters.js";
import { bregmanHypergradient, convergence, inverseOf, UNROLLED, type Inverse } from "./hypergradient.js";
import { blockViews, normalise, randomBlocks, spectralBlocks } from "./initialise-blocks.js";
import { blocksOf, innerRunner, type Blocks, type InnerRunner } from "./inner-runs.js";
import { axpy, bregman, scale, type Block, type Matrix, distance, distanceGradient } from "./kronecker.js";
import {
  learnerEntry,
  type MetaCurveRow,
  type MetaLearner,
  type MetaProgress,
  type MetaTraining,
} from "../meta-learner.js";
import { reverseCost } from "./reverse-run.js";
import { takeOuterSteps } from "../shared/outer-steps.js";
import { metamdInert, metamdSettings, metamdShortSettings, type MetamdSettings } from "./settings.js";

/** MetaMD's outer loop (Algorithm 1): learns a and b of every block by implicit differentiation of mirror descent.
 *  Repeat: train a fresh model on every task for T steps with the present M, take D = θ_T − θ_1 per block, and move
 *  (a, b) ← (a, b) − β (mean hypergradient(D) + γ ∂|M − I|_F), then rescale so that |a|², |b|² ≤ cap.
 *  Only the two ends of a run are needed: no unrolling, no validation data. Mode `unrolled` takes the true derivative
 *  instead, through every step of a run, and keeps them all. An inner run that diverges, forwards or on the way back,
 *  contributes nothing to that outer step, and is counted. With `warmupSteps` a run begins after as many steps of the
 *  present rule as a draw says, so that short runs see all of a long one. k/λ is constant for this family and has no gradient.
 *  Source: MetaMD paper, Algorithms 1 and 2; hypergradient.ts says where we differ. */
function learn(settings: MetamdSettings): MetaLearner {
  return {
    budget(tasks, seed) {
      const { outerSteps, warmupSteps = 0 } = settings;
      const first = settings.initialisation.kind === "spectral" ? settings.initialisation.steps : 0;
      const run = settings.innerSteps + (settings.mode === UNROLLED ? reverseCost(settings.innerSteps) : 0);
      const warm = seed === undefined ? (tasks * outerSteps * warmupSteps) / 2 : allWarmups(settings, tasks, seed);
      return Math.round(tasks * (outerSteps * run + first) + warm);
    },
    async learn(training, resume) {
      const views = blockViews(training.parameters, settings.includeHead);
      const runner = innerRunner(training, settings, views);
      try {
        const first = resume ?? (await firstBlocks(training, settings, views, runner));
        training.checkpoint(first);
        return await takeOuterSteps(
          training,
          first,
          ({ outerStep: done }) => done < settings.outerSteps,
          (before) => outerStep(training, settings, runner, before),
        );
      } finally {
        runner.dispose();
      }
    },
  };
}

async function outerStep(
  training: MetaTraining,
  settings: MetamdSettings,
  runner: InnerRunner,
  before: MetaProgress,
): Promise<MetaProgress> {
  const blocks = blocksOf(before.learned);
  const outer = before.outerStep + 1;
  const inverse = inverseOf(Object.values(blocks), settings.inverse);
  const { gradient, evaluations, minimised, divergence, restDivergence, farthest, lastLoss, diverged } =
    await innerRuns(training, settings, runner, { blocks, outer, inverse });
  const gradientEvaluations = before.gradientEvaluations + evaluations;
  const slope = distanceGradient(blocks, settings.regulariserPower);
  const next = map(
    (block, total, away) => {
      const moved = addScaled(block, -settings.metaLearningRate, addScaled(total, settings.gamma, away));
      return { a: capped(moved.a, settings.cap), b: capped(moved.b, settings.cap) };
    },
    blocks,
    gradient,
    slope,
  );
  requireFinite(next, outer);
  const norm = distance(blocks) ** settings.regulariserPower;
  const { alphaMax, contraction, converges } = convergence(Object.values(blocks), inverse);
  const row: MetaCurveRow = {
    outerStep: outer,
    // Of the displacements that the gradient uses; what Theorem 4.1 asks for, below, is of those of the runs themselves.
    objective: minimised + settings.gamma * norm,
    bregman: divergence,
    restDivergence,
    displacement: Math.sqrt(farthest),
    distance: distance(blocks),
    lastLoss,
    divergedRuns: diverged,
    neumannAlphaMax: alphaMax,
    neumannContraction: contraction,
    neumannConverges: Number(converges),
    ...spread(next),
    gradientEvaluations,
  };
  return { outerStep: outer, learned: next, curve: [...before.curve, row], gradientEvaluations };
}

const innerSeed = (seed: number, outer: number, task: number): number => derivedSeed(seed, "inner run", outer, task);

/** Steps before an inner run. @param seed the run's. */
const warmupOf = ({ warmupSteps = 0 }: MetamdSettings, seed: number): number =>
  Math.floor(namedStream(seed, "warm-up")() * (warmupSteps + 1));

/** Steps before all inner runs of a meta-training. @param seed of it. */
function allWarmups(settings: MetamdSettings, tasks: number, seed: number): number {
  if ((settings.warmupSteps ?? 0) === 0) return 0;
  let sum = 0;
  for (let outer = 1; outer <= settings.outerSteps; outer++)
    for (let task = 0; task < tasks; task++) sum += warmupOf(settings, innerSeed(seed, outer, task));
  return sum;
}

/** Where an outer step stands. */
interface Standing {
  readonly blocks: Blocks;
  readonly outer: number;
  readonly inverse: Inverse;
}

/** What the inner runs of an outer step came to: means over the tasks, to which a diverged run adds nothing. */
interface InnerRuns {
  readonly gradient: Blocks;
  readonly evaluations: number;
  /** Bregman divergence of the displacements that the gradient uses, and of those of the runs themselves. */
  readonly minimised: number;
  readonly divergence: number;
  /** Of the parameters without a block. */
  readonly restDivergence: number;
  /** Largest squared displacement of a run. */
  readonly farthest: number;
  readonly lastLoss: number;
  readonly diverged: number;
}

async function innerRuns(
  training: MetaTraining,
  settings: MetamdSettings,
  runner: InnerRunner,
  { blocks, outer, inverse }: Standing,
): Promise<InnerRuns> {
  const { tasks } = training;
  const { mode } = settings;
  let gradient: Blocks = map(({ a, b }) => ({ a: scale(0, a), b: scale(0, b) }), blocks);
  let [evaluations, minimised, divergence, restDivergence, farthest, lastLoss, diverged] = [0, 0, 0, 0, 0, 0, 0];
  for (const [index, task] of tasks.entries()) {
    const seed = innerSeed(training.seed, outer, index);
    const warmup = warmupOf(settings, seed);
    const options = { warmup, keep: mode === UNROLLED };
    const run = await runner.run(task, blocks, seed, settings.innerSteps, options);
    const { displacements, squares, losses, thetas } = run;
    evaluations += losses.length;
    if (displacements === undefined) {
      diverged++;
      continue;
    }
    const used = settings.normalise ? map(normalise, displacements) : displacements;
    let parts: Blocks;
    if (mode === UNROLLED) {
      parts = await runner.hypergradient(task, blocks, seed, thetas, warmup);
      evaluations += reverseCost(losses.length - warmup);
      if (!Object.values(parts).every(isFinite)) {
        diverged++;
        continue;
      }
    } else parts = map((block, d) => bregmanHypergradient(block, d, mode, inverse), blocks, used);
    lastLoss += losses.at(-1)! / tasks.length;
    restDivergence += (0.5 * squares.rest) / tasks.length;
    farthest = Math.max(farthest, squares.all);
    for (const [name, block] of Object.entries(blocks)) {
      divergence += bregman(block, displacements[name]!) / tasks.length;
      minimised += bregman(block, used[name]!) / tasks.length;
    }
    gradient = map((total, part) => addScaled(total, 1 / tasks.length, part), gradient, parts);
  }
  return { gradient, evaluations, minimised, divergence, restDivergence, farthest, lastLoss, diverged };
}

/** The blocks before the first outer step. */
async function firstBlocks(
  training: MetaTraining,
  settings: MetamdSettings,
  views: Leaves<MatrixView>,
  runner: InnerRunner,
): Promise<MetaProgress> {
  const { initialisation } = settings;
  const begin = (learned: Blocks, gradientEvaluations: number): MetaProgress => ({
    outerStep: 0,
    learned,
    curve: [],
    gradientEvaluations,
  });
  if (initialisation.kind === "random") return begin(randomBlocks(views, initialisation.scale, training.seed), 0);
  const identity = map(({ rows, columns }) => ({ a: new Float64Array(columns), b: new Float64Array(rows) }), views);
  const runs: Leaves<Matrix>[] = [];
  let evaluations = 0;
  for (const [index, task] of training.tasks.entries()) {
    const run = await runner.run(task, identity, innerSeed(training.seed, 0, index), initialisation.steps);
    evaluations += run.losses.length;
    if (run.displacements !== undefined) runs.push(run.displacements);
  }
  if (runs.length === 0) throw divergedEverywhere(settings);
  const byBlock = map((_view, name) => runs.map((run) => run[name]!), views);
  return begin(await spectralBlocks(byBlock, initialisation.scale, training.seed), evaluations);
}

const addScaled = (x: Block, factor: number, y: Block): Block => ({
  a: axpy(factor, y.a, x.a),
  b: axpy(factor, y.b, x.b),
});

/** Rescales a vector so that its squared length is at most the cap. */
function capped(v: Float64Array, cap: number): Float64Array {
  const square = dot(v, v);
  return square > cap ? scale(Math.sqrt(cap / square), v) : v;
}

/** Squared lengths of the vectors, for the curve. */
const spread = (blocks: Blocks): MetaCurveRow =>
  Object.fromEntries(
    Object.entries(blocks).flatMap(([name, { a, b }]) => [
      [`${name}/s`, dot(a, a)],
      [`${name}/t`, dot(b, b)],
    ]),
  );

const isFinite = ({ a, b }: Block): boolean => Number.isFinite(dot(a, a) + dot(b, b));

function requireFinite(blocks: Blocks, outer: number): void {
  for (const [name, block] of Object.entries(blocks)) {
    if (isFinite(block)) continue;
    throw new UserError(EXIT.runFailed, {
      where: `meta-training, outer step ${outer}`,
      given: `the block of ${name} is no longer finite`,
      hint: "lower metaTraining.metamd.metaLearningRate, or take inverse: exact",
    });
  }
}

const divergedEverywhere = ({ innerLearningRate }: MetamdSettings): UserError =>
  new UserError(EXIT.runFailed, {
    where: "meta-training, spectral initialisation",
    given: `every inner run diverged at learning rate ${innerLearningRate}`,
    hint: "lower metaTraining.metamd.innerLearningRate",
  });

export const metamd = learnerEntry({
  settings: metamdSettings,
  holdsOut: false,
  inert: metamdInert,
  heldPerParameter: ({ mode, innerSteps }) => 13 + (mode === UNROLLED ? innerSteps : 0),
  create: learn,
});
/** Over a short inner horizon. */
export const metamdShort = learnerEntry({ ...metamd, settings: metamdShortSettings });
