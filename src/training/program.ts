import { flatten, map, prefixed, type Leaves, type Tree } from "../core/tree.js";
import type { Engine, Entry, Program, ProgramDefinition } from "../engine/engine.js";
import { sizeOf, type HostArray, type TensorSpec } from "../engine/host.js";
import { hostArray, isTensor, tensorFrom, tidy } from "../engine/memory.js";
import { add, concat, reshape, sum, type Tensor } from "../engine/ops.js";
import type { Params } from "../engine/parameters.js";
import { initialise } from "../models/initialise.js";
import { everyParameter } from "../models/model.js";
import type { LearnedValues, Optimiser, Phases, ScalarFeeds } from "../optimisers/optimiser.js";
import type { Batch, Problem } from "./problem.js";
import { gradients, noiseOf, noiseSpec } from "./gradients.js";
import { keptParameters, type KeptParameters } from "./kept-parameters.js";

const SCALAR: TensorSpec = { shape: [], dtype: "float32" };
/** Every step alike. */
const ONE_PHASE: Phases = { byName: { step: {} }, at: () => "step" };

/** A compiled optimiser-on-a-problem: any number of runs share it, since learning rate, weight decay, seed and learned
 *  values are feeds or state. */
export interface TrainingProgram {
  /** Starts from these parameters, frozen ones too, with the first running statistics and the optimiser's fresh state.
   *  @param learned what a learned rule applies, of the same shapes as the program was compiled with. */
  start(theta: Leaves<HostArray>, learned?: LearnedValues): void;
  /** Sets the whole state as `read` gave it. @returns false for the state of another program, which changes nothing. */
  restore(state: Leaves<HostArray>): boolean;
  /** Copies the whole state out: "theta/<parameter>", "statistics/<name>", "optimiser/..."; of layers that the rule keeps
   *  turned, U in the place of the parameters. */
  read(): Record<string, HostArray>;
  /** The parameters alone, frozen ones too. */
  theta(): Record<string, HostArray>;
  /** The parameters and the running statistics, by name: what an evaluation needs. */
  values(): Record<string, HostArray>;
  /** Sets the rows of a feed that it holds; they are no part of its state. */
  hold(feed: string, rows: HostArray): void;
  /** One optimiser step t = 1, 2, ... @returns the batch's mean loss before the step. */
  step(batch: Batch, t: number, scalars: StepScalars): number;
  /** The parameters whose gradient was no finite number in the last step. */
  brokenGradients(): readonly string[];
  dispose(): void;
}

export interface StepScalars {
  /** > 0. */
  readonly learningRate: number;
  /** >= 0. */
  readonly weightDecay: number;
  /** Of what a rule draws in a step, such as targets; default 0. */
  readonly seed?: number;
}

/** Compiles an optimiser on a problem for the given batch sizes.
 *  @param sizes examples of a batch, all that occur. @param create makes the rule; called again with other learned values, it must differ in its first state only.
 *  @param learned values to compile with, for a learned rule.
 *  @param held feeds whose rows the program holds: a batch has their places in the place of them. */
export function trainingProgram(
  engine: Engine,
  problem: Problem,
  create: (learned?: LearnedValues) => Optimiser,
  sizes: readonly number[],
  learned?: LearnedValues,
  held?: ProgramDefinition["held"],
): TrainingProgram {
  const optimiser = create(learned);
  const kept = keptParameters(problem, optimiser);
  const compiled = freshState(problem, optimiser);
  const entries: Record<string, Entry> = {};
  const hostFeeds = optimiser.hostFeeds ?? (() => ({}));
  const phases = optimiser.phases ?? ONE_PHASE;
  for (const n of sizes)
    for (const phase of Object.keys(phases.byName))
      entries[`${phase}:${n}`] = stepEntry(problem, optimiser, kept, n, phase, Object.keys(hostFeeds(1)));
  if (optimiser.turned !== undefined) entries[TURN_BACK] = turnBackEntry(kept);
  const program: Program = engine.compile({ state: compiled.specs, entries, ...(held && { held }) });
  const names = Object.keys(problem.parameters);
  let sums: HostArray = new Float32Array(names.length);
  const branches = (...wanted: string[]): Record<string, HostArray> =>
    Object.fromEntries(
      Object.entries(program.read(...wanted)).map(([path, values]) => [path.slice(path.indexOf("/") + 1), values]),
    );
  const whole = (values: Record<string, HostArray>): Record<string, HostArray> => {
    if (optimiser.turned === undefined) return values;
    const all = { ...values, ...program.run(TURN_BACK, {}) };
    const asked = Object.keys({ ...everyParameter(problem), ...problem.statistics }).filter((name) => name in all);
    return Object.fromEntries(asked.map((name) => [name, all[name]!]));
  };
  return {
    start(theta, values) {
      const fresh = values === undefined ? compiled : freshState(problem, create(values));
      program.load({ ...fresh.values, ...prefixed("theta", kept.first(theta)) });
    },
    restore(state) {
      if (Object.keys(compiled.specs).some((path) => !(path in state))) return false;
      program.load(state);
      return true;
    },
    read: () => program.read(),
    theta: () => whole(branches("theta")),
    values: () => whole(branches("theta", "statistics")),
    hold: (feed, values) => program.hold(feed, values),
    step({ size, feeds }, t, { learningRate, weightDecay, seed = 0 }) {
      const phase = phases.at(t);
      const own = { ...hostFeeds(t), ...noiseOf(problem, phases, phase, size, t, seed) };
      const outputs = program.run(`${phase}:${size}`, { ...feeds, learningRate, weightDecay, ...own });
      sums = outputs.gradientSums!;
      return outputs.loss![0]!;
    },
    brokenGradients: () => names.filter((_name, i) => !Number.isFinite(sums[i])),
    dispose: () => program.dispose(),
  };
}

/** The running statistics and the optimiser's state before the first step, on the host, and the shapes of the whole
 *  state: "theta/...", "statistics/...", "optimiser/...". */
export function freshState(
  problem: Problem,
  optimiser: Optimiser,
): { values: Leaves<HostArray>; specs: Leaves<TensorSpec> } {
  const { parameters, statistics = {} } = problem;
  const float = (shape: readonly number[]): TensorSpec => ({ shape, dtype: "float32" });
  const specs: Record<string, TensorSpec> = {
    ...prefixed("theta", map(float, keptParameters(problem, optimiser).shapes)),
    ...prefixed(
      "statistics",
      map(({ shape }) => float(shape), statistics),
    ),
  };
  const values: Record<string, HostArray> = prefixed("statistics", initialise(statistics, 0));
  tidy(() => {
    const theta = map(({ shape }) => tensorFrom(new Float64Array(sizeOf(shape)), float(shape)), parameters);
    for (const [path, tensor] of Object.entries(flatten(optimiser.init(theta), isTensor))) {
      specs[`optimiser/${path}`] = { shape: tensor.shape, dtype: tensor.dtype === "int32" ? "int32" : "float32" };
      values[`optimiser/${path}`] = hostArray(tensor);
    }
    return [];
  });
  return { values, specs };
}

/** A tree keeps no empty branch. */
interface StepState {
  readonly theta: Params;
  readonly statistics?: Params;
  readonly optimiser?: Tree<Tensor>;
}

function stepEntry(
  problem: Problem,
  optimiser: Optimiser,
  kept: KeptParameters,
  n: number,
  phase: string,
  ownScalars: readonly string[],
): Entry {
  const scalars = ["learningRate", "weightDecay", ...ownScalars];
  const needed = optimiser.phases?.byName[phase]?.layers;
  return {
    feeds: {
      ...problem.feeds(n),
      ...noiseSpec(problem, needed, n),
      ...Object.fromEntries(scalars.map((name) => [name, SCALAR])),
    },
    step(state, feeds) {
      const { theta, statistics, optimiser: before = {} } = state as unknown as StepState;
      const trained = Object.fromEntries(kept.trained.map((name) => [name, theta[name]!]));
      const at = { theta: { ...theta, ...kept.bases(before) }, statistics, trained };
      const { value, grads, layers, statistics: moved } = gradients(problem, at, feeds, n, needed);
      const { step, state: after } = optimiser.update(grads, before, trained, feeds as ScalarFeeds, { phase, layers });
      return {
        state: { theta: { ...theta, ...map(add, trained, step) }, statistics: moved, optimiser: after },
        outputs: { loss: value, gradientSums: gradientSums(problem, kept.byParameter(grads)) },
      };
    },
  };
}

const TURN_BACK = "turn back";

/** Gives the parameters of turned layers. */
const turnBackEntry = (kept: KeptParameters): Entry => ({
  feeds: {},
  step(state) {
    const { theta, optimiser = {} } = state as unknown as StepState;
    return { state, outputs: kept.turnedBack(theta, optimiser) };
  },
});

/** The sum of every gradient, in the order of the parameters: what shows the broken ones. */
export const gradientSums = ({ parameters }: Problem, grads: Params): Tensor =>
  concat(
    Object.keys(parameters).map((name) => reshape(sum(grads[name]!), [1])),
    0,
  );
