import { pace } from "../../core/interruption.js";
import { map, type Leaves } from "../../core/tree.js";
import { compiledPrograms } from "../../engine/compiled.js";
import type { HostArray } from "../../engine/host.js";
import type { MatrixView } from "../../engine/parameters.js";
import { initialise } from "../../models/initialise.js";
import { everyParameter } from "../../models/model.js";
import { createOptimiser } from "../../optimisers/index.js";
import type { LearnedValues, Optimiser } from "../../optimisers/optimiser.js";
import { withBatches } from "../../training/with-batches.js";
import { trainingProgram } from "../../training/program.js";
import type { Batches } from "../../training/problem.js";
import { train, type TrainSettings } from "../../training/train.js";
import type { BlockGradient } from "./hypergradient.js";
import type { Block, Matrix } from "./kronecker.js";
import type { MetaTask, MetaTraining } from "../meta-learner.js";
import { innerSteps } from "../shared/outer-steps.js";
import { PRODUCT_COST, runReverser } from "./reverse-run.js";
import { CONVERGENCE_WINDOW, type MetamdSettings } from "./settings.js";
import { differenceMatrix } from "./stored-matrix.js";

/** a and b of every parameter that has a block. */
export type Blocks = Readonly<Record<string, Block>>;

/** The vectors of a learned file, in double precision. */
export const blocksOf = (learned: LearnedValues): Blocks =>
  map(({ a, b }) => ({ a: Float64Array.from(a!), b: Float64Array.from(b!) }), learned);

/** One inner run: displacement by block, or undefined when it diverged; and its losses. */
export interface InnerRun {
  readonly displacements: Leaves<Matrix> | undefined;
  /** |θ_T − θ_1|² of all parameters, and of those without a block. */
  readonly squares: { readonly all: number; readonly rest: number };
  /** Of the run, and before them of the steps that led to its beginning. */
  readonly losses: readonly number[];
  /** The trained parameters before the first step, with them the frozen ones, and after each; empty unless asked for. */
  readonly thetas: readonly Leaves<HostArray>[];
}

interface RunOptions {
  /** Steps before the run, which then begins where they lead; 0 by default. */
  readonly warmup?: number;
  /** Whether the parameters after every step are wanted. */
  readonly keep?: boolean;
}

export interface InnerRunner {
  /** Trains a fresh model. @param seed of its weights and of the order of the batches. */
  run(task: MetaTask, blocks: Blocks, seed: number, steps: number, options?: RunOptions): Promise<InnerRun>;
  /** The true hypergradient of a run whose parameters were kept, or of its beginning. @param seed the run's.
   *  @param warmup the run's. */
  hypergradient(
    task: MetaTask,
    blocks: Blocks,
    seed: number,
    thetas: InnerRun["thetas"],
    warmup?: number,
  ): Promise<Record<string, BlockGradient>>;
  dispose(): void;
}

/** Trains fresh models with the present blocks; one compiled program serves all tasks and outer steps with batches of the
 *  same sizes. */
export function innerRunner(
  training: Omit<MetaTraining, "seed" | "checkpoint">,
  settings: Pick<MetamdSettings, "innerLearningRate" | "earlyStopLoss" | "normalise">,
  views: Leaves<MatrixView>,
): InnerRunner {
  const { engine, parameters } = training;
  const create = (learned?: LearnedValues): Optimiser => createOptimiser("metamd", {}, { parameters, learned });
  const programs = compiledPrograms();
  const breathe = pace(training.signal);
  return {
    run: (task, blocks, seed, steps, { warmup = 0, keep = false } = {}) =>
      withBatches(task.batches(seed), async (batches) => {
        const { sizes } = batches;
        const program = programs.of(["run", sizes], () => trainingProgram(engine, task.problem, create, sizes, blocks));
        program.start(initialise(everyParameter(task.problem), seed), blocks);
        const before = innerSteps(training, warmup, settings.innerLearningRate);
        const watch = { signal: training.signal, onStep: () => training.onStep() };
        const led = await train(program, batches, before, undefined, watch);
        if (led.diverged) return failed(led.losses);
        const start = program.theta();
        const plain: TrainSettings = {
          ...before,
          steps,
          stopEarly: (held) =>
            settings.earlyStopLoss > 0 &&
            held.length >= CONVERGENCE_WINDOW &&
            recentMean(held) < settings.earlyStopLoss,
        };
        const thetas = keep ? [start] : [];
        const onStep = (): void => {
          training.onStep();
          if (keep) thetas.push(trained(program.theta(), parameters));
        };
        const run = await train(program, after(batches, warmup), plain, undefined, { ...watch, onStep });
        const losses = [...led.losses, ...run.losses];
        if (run.diverged) return failed(losses);
        const end = program.theta();
        const displacements = map((view, name) => differenceMatrix(start[name]!, end[name]!, view), views);
        const names = Object.keys(parameters);
        const rest = names.filter((name) => views[name] === undefined);
        const squares = { all: squaredChange(start, end, names), rest: squaredChange(start, end, rest) };
        return { displacements, squares, losses, thetas };
      }),
    hypergradient(task, blocks, seed, thetas, warmup = 0) {
      const { innerLearningRate: learningRate, normalise } = settings;
      const onProduct = (): Promise<void> => {
        for (let i = 0; i < PRODUCT_COST; i++) training.onStep();
        return breathe();
      };
      return withBatches(task.batches(seed), (batches) => {
        const { sizes } = batches;
        const reverser = programs.of(["reverse", sizes], () => runReverser(engine, task.problem, views, sizes));
        const trajectory = { thetas, blocks, batch: (t: number) => batches.at(warmup + t) };
        return reverser.hypergradient(trajectory, { learningRate, normalise, onProduct });
      });
    },
    dispose: () => programs.dispose(),
  };
}

/** The batches that come after the first ones. */
const after = (batches: Batches, count: number): Batches => ({ ...batches, at: (t) => batches.at(count + t) });

const trained = (theta: Leaves<HostArray>, parameters: MetaTraining["parameters"]): Record<string, HostArray> =>
  map((_spec, name) => theta[name]!, parameters);

/** A run that diverged. */
const failed = (losses: readonly number[]): InnerRun => ({
  displacements: undefined,
  squares: { all: NaN, rest: NaN },
  losses,
  thetas: [],
});

/** |y − x|² of some parameters. */
const squaredChange = (x: Leaves<HostArray>, y: Leaves<HostArray>, names: readonly string[]): number =>
  names.reduce((sum, name) => sum + squaredDifference(x[name]!, y[name]!), 0);

function squaredDifference(x: HostArray, y: HostArray): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (y[i]! - x[i]!) ** 2;
  return sum;
}

const recentMean = (losses: readonly number[]): number =>
  losses.slice(-CONVERGENCE_WINDOW).reduce((sum, loss) => sum + loss, 0) / CONVERGENCE_WINDOW;
