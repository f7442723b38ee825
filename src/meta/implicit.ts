import { EXIT, Interrupted, UserError } from "../core/errors.js";
import { derivedSeed } from "../core/rng.js";
import { map, type Leaves } from "../core/tree.js";
import type { HostArray } from "../engine/host.js";
import type { MatrixView } from "../engine/parameters.js";
import { initialise } from "../models/initialise.js";
import { everyParameter } from "../models/model.js";
import { createOptimiser } from "../optimisers/index.js";
import type { LearnedValues, Optimiser } from "../optimisers/optimiser.js";
import { closing } from "../problems/closing.js";
import { trainingProgram, type TrainingProgram } from "../training/program.js";
import { train, type TrainSettings } from "../training/train.js";
import { bregmanHypergradient, convergence, inverseOf } from "./hypergradient.js";
import { blockViews, normalise, randomBlocks, spectralBlocks } from "./initialise-blocks.js";
import { axpy, bregman, dot, scale, type Block, type Matrix } from "./kronecker.js";
import type { MetaCurveRow, MetaLearner, MetaProgress, MetaTask, MetaTraining } from "./meta-learner.js";
import { distance, distanceGradient } from "./regulariser.js";
import type { MetamdSettings } from "./settings.js";
import { differenceMatrix } from "./stored-matrix.js";

/** Steps over which an inner run's mean loss is taken to see whether it has converged. */
const CONVERGENCE_WINDOW = 50;

type Blocks = Readonly<Record<string, Block>>;

/** MetaMD's outer loop (Algorithm 1): learns a and b of every block by implicit differentiation of mirror descent.
 *  Repeat: train a fresh model on every task for T steps with the present M, take D = θ_T − θ_1 per block, and move
 *  (a, b) ← (a, b) − β (mean hypergradient(D) + γ ∂|M − I|_F), then rescale so that |a|², |b|² ≤ cap.
 *  Only the two ends of a run are needed: no unrolling, no validation data. An inner run that diverges contributes
 *  nothing to that outer step, and is counted. k/λ is constant for this family and has no gradient.
 *  Source: MetaMD paper, Algorithms 1 and 2; hypergradient.ts says where we differ. */
export function implicit(settings: MetamdSettings): MetaLearner {
  return {
    budget(tasks) {
      const warm = settings.initialisation.kind === "spectral" ? settings.initialisation.steps : 0;
      return tasks * (settings.outerSteps * settings.innerSteps + warm);
    },
    async learn(training, resume) {
      const views = blockViews(training.parameters, settings.includeHead);
      const runner = innerRunner(training, settings, views);
      try {
        let state = resume ?? (await firstBlocks(training, settings, views, runner));
        training.checkpoint(state);
        while (state.outerStep < settings.outerSteps) {
          state = await outerStep(training, settings, runner, state);
          training.checkpoint(state);
          if (training.signal?.aborted === true && state.outerStep < settings.outerSteps) throw new Interrupted();
        }
        return state;
      } finally {
        runner.dispose();
      }
    },
  };
}

/** One inner run: displacement by block, or undefined when it diverged; and its losses. */
interface InnerRun {
  readonly displacements: Leaves<Matrix> | undefined;
  /** |θ_T − θ_1|² of all parameters, and of those without a block. */
  readonly squares: { readonly all: number; readonly rest: number };
  readonly losses: readonly number[];
}
interface InnerRunner {
  run(task: MetaTask, blocks: Blocks, seed: number, steps: number): Promise<InnerRun>;
  dispose(): void;
}

async function outerStep(
  training: MetaTraining,
  settings: MetamdSettings,
  runner: InnerRunner,
  before: MetaProgress,
): Promise<MetaProgress> {
  const blocks = asBlocks(before.learned);
  const outer = before.outerStep + 1;
  const { tasks } = training;
  let gradient: Blocks = map(({ a, b }) => ({ a: scale(0, a), b: scale(0, b) }), blocks);
  let gradientEvaluations = before.gradientEvaluations;
  const inverse = inverseOf(Object.values(blocks), settings.inverse);
  let [minimised, divergence, restDivergence, farthest, lastLoss, diverged] = [0, 0, 0, 0, 0, 0];
  for (const [index, task] of tasks.entries()) {
    const run = await runner.run(
      task,
      blocks,
      derivedSeed(training.seed, "inner run", outer, index),
      settings.innerSteps,
    );
    gradientEvaluations += run.losses.length;
    if (run.displacements === undefined) {
      diverged++;
      continue;
    }
    lastLoss += run.losses.at(-1)! / tasks.length;
    restDivergence += (0.5 * run.squares.rest) / tasks.length;
    farthest = Math.max(farthest, run.squares.all);
    for (const [name, displacement] of Object.entries(run.displacements)) {
      const block = blocks[name]!;
      divergence += bregman(block, displacement) / tasks.length;
      const d = settings.normalise ? normalise(displacement) : displacement;
      minimised += bregman(block, d) / tasks.length;
      const part = bregmanHypergradient(block, d, settings.mode, inverse);
      gradient = { ...gradient, [name]: addScaled(gradient[name]!, 1 / tasks.length, part) };
    }
  }
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
    const run = await runner.run(
      task,
      identity,
      derivedSeed(training.seed, "inner run", 0, index),
      initialisation.steps,
    );
    evaluations += run.losses.length;
    if (run.displacements !== undefined) runs.push(run.displacements);
  }
  if (runs.length === 0) throw divergedEverywhere(settings);
  const byBlock = map((_view, name) => runs.map((run) => run[name]!), views);
  return begin(spectralBlocks(byBlock, initialisation.scale, training.seed), evaluations);
}

/** Trains fresh models with the present blocks; one compiled program serves every task and every outer step. */
function innerRunner(training: MetaTraining, settings: MetamdSettings, views: Leaves<MatrixView>): InnerRunner {
  const { engine, parameters, tasks } = training;
  const create = (learned?: LearnedValues): Optimiser => createOptimiser("metamd", {}, { parameters, learned });
  const sizes = [...new Set(tasks.flatMap((task) => task.batches(0).sizes))];
  let program: TrainingProgram | undefined;
  return {
    async run(task, blocks, seed, steps) {
      program ??= trainingProgram(engine, task.problem, create, sizes, blocks);
      program.start(initialise(everyParameter(task.problem), seed), blocks);
      const start = program.theta();
      const running = program;
      const plain: TrainSettings = {
        steps,
        scalars: { learningRate: settings.innerLearningRate, weightDecay: 0 },
        schedule: () => 1,
        divergenceLoss: training.divergenceLoss,
        stopEarly: (held) =>
          settings.earlyStopLoss > 0 && held.length >= CONVERGENCE_WINDOW && recentMean(held) < settings.earlyStopLoss,
      };
      const watch = { signal: training.signal, onStep: training.onStep };
      const { losses, diverged } = await closing(task.batches(seed), (batches) =>
        train(running, batches, plain, undefined, watch),
      );
      if (diverged) return { displacements: undefined, squares: { all: NaN, rest: NaN }, losses };
      const end = program.theta();
      const displacements = map((view, name) => differenceMatrix(start[name]!, end[name]!, view), views);
      const square = (names: readonly string[]): number =>
        names.reduce((sum, name) => sum + squaredChange(start[name]!, end[name]!), 0);
      const names = Object.keys(parameters);
      const squares = { all: square(names), rest: square(names.filter((name) => views[name] === undefined)) };
      return { displacements, squares, losses };
    },
    dispose: () => program?.dispose(),
  };
}

/** |y − x|². */
function squaredChange(x: HostArray, y: HostArray): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (y[i]! - x[i]!) ** 2;
  return sum;
}

const recentMean = (losses: readonly number[]): number =>
  losses.slice(-CONVERGENCE_WINDOW).reduce((sum, loss) => sum + loss, 0) / CONVERGENCE_WINDOW;

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

const asBlocks = (learned: LearnedValues): Blocks =>
  map(({ a, b }) => ({ a: Float64Array.from(a!), b: Float64Array.from(b!) }), learned);

function requireFinite(blocks: Blocks, outer: number): void {
  for (const [name, { a, b }] of Object.entries(blocks)) {
    if (Number.isFinite(dot(a, a) + dot(b, b))) continue;
    throw new UserError(EXIT.runFailed, {
      where: `meta-training, outer step ${outer}`,
      given: `the block of ${name} is no finite number any more`,
      remedy: "lower metaTraining.metamd.metaLearningRate, or take inverse: exact",
    });
  }
}

const divergedEverywhere = ({ innerLearningRate }: MetamdSettings): UserError =>
  new UserError(EXIT.runFailed, {
    where: "meta-training, spectral initialisation",
    given: `every inner run diverged at learning rate ${innerLearningRate}`,
    remedy: "lower metaTraining.metamd.innerLearningRate",
  });
