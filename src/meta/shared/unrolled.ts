import { z } from "zod";
import { EXIT, UserError } from "../../core/errors.js";
import { because, type InertRules } from "../../core/inert.js";
import { derivedSeed, namedStream } from "../../core/rng.js";
import { map } from "../../core/tree.js";
import { compiledPrograms } from "../../engine/compiled.js";
import type { HostArray } from "../../engine/host.js";
import { initialise } from "../../models/initialise.js";
import { everyParameter } from "../../models/model.js";
import type { MethodId } from "../../optimisers/index.js";
import { INITIAL, initialValues, type LearnedValues } from "../../optimisers/optimiser.js";
import type { GradientTransform } from "../../optimisers/shared/transformed.js";
import { withBatches } from "../../training/with-batches.js";
import type { Batches } from "../../training/problem.js";
import { train } from "../../training/train.js";
import { hostAdam } from "./host-adam.js";
import type { MetaCurveRow, MetaLearner, MetaProgress, MetaTask, MetaTraining } from "../meta-learner.js";
import { innerSteps, takeOuterSteps } from "./outer-steps.js";
import { unroller, windowCost, type Hypergradient, type Unroller } from "./unroll.js";

const positive = z.number().positive();
const steps = z.int().positive();
/** What Meta-SGD and Meta-Curvature have in common. */
export const unrolledSettings = z.strictObject({
  gradientEvaluations: steps
    .default(62_500)
    .describe("budget of the meta-training, from which the number of outer steps follows; as MetaMD's 25 x 5 x 500"),
  unrollSteps: steps.default(5).describe("K: inner steps that are differentiated through"),
  warmupSteps: z
    .int()
    .nonnegative()
    .default(500)
    .describe("T: as many plain steps come first as a draw from 0..T says, so that a long run's whole length is seen"),
  innerLearningRate: positive.default(1).describe("eta, of the inner steps"),
  metaLearningRate: positive.default(1e-3).describe("of Adam on the learned values"),
  clip: positive.default(10).describe("largest entry of a meta-gradient"),
  firstOrder: z.boolean().default(false).describe("drop the Hessian in the reverse pass"),
  learnInit: z.boolean().default(false).describe("learn the initial weights too, but for the classifier's"),
  includeHead: z
    .boolean()
    .default(true)
    .describe("learn the classifier's values; needs the same classes in every task"),
});
type UnrolledSettings = z.output<typeof unrolledSettings>;

/** Settings that can change nothing beside others. */
export const unrolledInert: InertRules<UnrolledSettings> = {
  firstOrder: {
    inert: ({ unrollSteps, learnInit }) =>
      because(unrollSteps === 1 && !learnInit, "one step is differentiated through, which needs no Hessian"),
    instead: "raise unrollSteps",
  },
};

/** Learns a gradient transform by unrolling: the many-shot form of Meta-SGD and of Meta-Curvature.
 *  Repeat: draw a task and W from 0..T; start from fresh weights (or the learned ones); take W plain steps of the present
 *  rule, then K that are differentiated through; the loss of a held-out mini-batch after them is what the learned values
 *  L are moved against: L ← Adam(L, clip(dL)). With `learnInit`, dθ at the first of the K steps is taken for the gradient
 *  of the initial weights: the warm-up is not differentiated through.
 *  A window whose loss or gradient is not a finite number teaches nothing, and is counted. W is cut to what the budget has
 *  left, so that all of it is spent but for less than one window without warm-up.
 *  Source: Li et al. 2017, Park & Oliva 2019: few steps from one learned initialisation; the warm-up is ours, since the
 *  rule is applied for whole trainings. */
export function unrolled(method: MethodId, transform: GradientTransform, settings: UnrolledSettings): MetaLearner {
  const cost = windowCost({ steps: settings.unrollSteps, firstOrder: settings.firstOrder, start: settings.learnInit });
  const left = ({ gradientEvaluations }: MetaProgress): number => settings.gradientEvaluations - gradientEvaluations;
  return {
    budget: (_tasks, seed) => (seed === undefined ? settings.gradientEvaluations : spentOf(settings, cost, seed)),
    async learn(training, resume) {
      if (cost > settings.gradientEvaluations) throw tooSmall(method, settings, cost);
      const fresh = firstValues(training, transform, settings);
      const programs = compiledPrograms();
      const unrollerFor: Tools["unrollerFor"] = (inner, outer) => {
        const sizes = { innerSizes: inner.sizes, outerSizes: outer.sizes };
        return programs.of(sizes, () => {
          const { problem } = training.tasks[0]!;
          const unrolled = { method, transform, inner: problem, outer: problem, ...sizes, learned: fresh };
          return unroller(training.engine, unrolled);
        });
      };
      try {
        const first: MetaProgress = resume ?? { outerStep: 0, learned: fresh, curve: [], gradientEvaluations: 0 };
        training.checkpoint(first);
        return await takeOuterSteps(
          training,
          first,
          (progress) => left(progress) >= cost,
          (before) => outerStep(training, settings, { fresh, unrollerFor }, before, left(before) - cost),
        );
      } finally {
        programs.dispose();
      }
    },
  };
}

/** The transform before it is learned, and with `learnInit` one set of initial weights. */
function firstValues(
  { parameters, seed }: MetaTraining,
  transform: GradientTransform,
  s: UnrolledSettings,
): LearnedValues {
  const learned = Object.entries(parameters).filter(([, { head }]) => s.includeHead || !head);
  const initial = initialise(parameters, derivedSeed(seed, "initial weights"));
  return Object.fromEntries(
    learned.map(([name, parameter]) => [
      name,
      { ...transform.untrained(parameter), ...(s.learnInit && !parameter.head && { [INITIAL]: initial[name]! }) },
    ]),
  );
}

/** What is drawn for an outer step, each in [0, 1). */
function drawnFor(seed: number, outer: number): { readonly task: number; readonly warmup: number } {
  const draw = namedStream(seed, "window", outer);
  return { task: draw(), warmup: draw() };
}

const warmupOf = ({ warmupSteps }: UnrolledSettings, drawn: number, atMost: number): number =>
  Math.min(Math.floor(drawn * (warmupSteps + 1)), atMost);

/** Windows up to which a plan draws all of them: some tenths of a second. Of more, what is left at last counts little. */
const COUNTED = 100_000;

/** Gradient evaluations of all windows of a budget. @param cost of one without its warm-up. */
function spentOf(settings: UnrolledSettings, cost: number, seed: number): number {
  const { gradientEvaluations: all, warmupSteps } = settings;
  if (warmupSteps === 0) return all - (all % cost);
  if (all / (cost + warmupSteps / 2) > COUNTED) return all;
  let left = all;
  for (let outer = 1; left >= cost; outer++)
    left -= cost + warmupOf(settings, drawnFor(seed, outer).warmup, left - cost);
  return all - left;
}

/** What all outer steps share. */
interface Tools {
  /** What is learned, as it begins. */
  readonly fresh: LearnedValues;
  /** One for all tasks and outer steps with batches of the same sizes. */
  unrollerFor(inner: Batches, outer: Batches): Unroller;
}

/** @param warmupAtMost what the budget allows. */
async function outerStep(
  training: MetaTraining,
  settings: UnrolledSettings,
  { fresh, unrollerFor }: Tools,
  before: MetaProgress,
  warmupAtMost: number,
): Promise<MetaProgress> {
  const outer = before.outerStep + 1;
  const { task, warmup } = drawnFor(training.seed, outer);
  const taskIndex = Math.floor(task * training.tasks.length);
  const warmupSteps = warmupOf(settings, warmup, warmupAtMost);
  const { learned } = before;
  const drawn = { outer, task: training.tasks[taskIndex]!, warmupSteps };
  const { losses, result, spent } = await unrolledWindow(training, settings, unrollerFor, learned, drawn);
  const gradientEvaluations = before.gradientEvaluations + spent;
  const gradient = result && withStart(result, learned);
  const norm = gradient === undefined ? NaN : Math.sqrt(squares(gradient));
  const usable = result !== undefined && Number.isFinite(result.outerLoss) && Number.isFinite(norm);
  const updates = before.curve.filter(({ dropped }) => dropped === 0).length;
  const next =
    usable && gradient !== undefined
      ? hostAdam(learned, gradient, before.memory ?? {}, updates + 1, settings.metaLearningRate, settings.clip)
      : { values: learned, moments: before.memory };
  const row: MetaCurveRow = {
    outerStep: outer,
    task: taskIndex,
    warmupSteps,
    outerLoss: result?.outerLoss ?? NaN,
    lastLoss: result?.lastLoss ?? losses.at(-1)!,
    gradientNorm: norm,
    dropped: usable ? 0 : 1,
    ...spread(next.values, fresh),
    gradientEvaluations,
  };
  return {
    outerStep: outer,
    learned: next.values,
    ...(next.moments && { memory: next.moments }),
    curve: [...before.curve, row],
    gradientEvaluations,
  };
}

/** What an outer step came to. */
interface UnrolledWindow {
  /** Of the steps that come first. */
  readonly losses: readonly number[];
  /** Absent where they diverged. */
  readonly result?: Hypergradient;
  /** Gradient evaluations. */
  readonly spent: number;
}

/** Trains a fresh model on a task, and differentiates through the steps that follow. */
async function unrolledWindow(
  training: MetaTraining,
  settings: UnrolledSettings,
  unrollerFor: Tools["unrollerFor"],
  learned: LearnedValues,
  { outer, task, warmupSteps }: { readonly outer: number; readonly task: MetaTask; readonly warmupSteps: number },
): Promise<UnrolledWindow> {
  const seedOf = (purpose: string): number => derivedSeed(training.seed, "window", outer, purpose);
  const weights = initialise(everyParameter(task.problem), seedOf("weights"));
  const inner = task.innerBatches(seedOf("inner batches"), seedOf("classes"));
  const judging = task.outerBatches(seedOf("outer batch"), seedOf("classes"));
  const compiled = unrollerFor(inner, judging);
  compiled.rule.start({ ...weights, ...initialValues(learned) }, learned);
  const window = {
    learned,
    steps: settings.unrollSteps,
    learningRate: settings.innerLearningRate,
    firstOrder: settings.firstOrder,
    start: settings.learnInit,
    innerBatch: (k: number) => inner.at(warmupSteps + k),
    outerBatch: () => judging.at(1),
  };
  const plain = innerSteps(training, warmupSteps, settings.innerLearningRate);
  const watch = { signal: training.signal, onStep: training.onStep };
  const warmedAndUnrolled = async (): Promise<Omit<UnrolledWindow, "spent">> => {
    const { losses, diverged } = await train(compiled.rule, inner, plain, undefined, watch);
    return diverged ? { losses } : { losses, result: compiled.hypergradient(window) };
  };
  const { losses, result } = await withBatches(inner, () => withBatches(judging, warmedAndUnrolled));
  if (result === undefined) return { losses, spent: losses.length };
  const cost = windowCost(window);
  for (let i = 0; i < cost; i++) training.onStep();
  return { losses, result, spent: losses.length + cost };
}

/** The gradient of everything that is learned: of the initial weights too, where they are. */
const withStart = ({ learned, start }: Hypergradient, values: LearnedValues): LearnedValues =>
  map(
    (symbols, name) => ({
      ...symbols,
      ...(start && values[name]![INITIAL] && { [INITIAL]: start[name]! }),
    }),
    learned,
  );

const squares = (gradient: LearnedValues): number =>
  Object.values(gradient).reduce(
    (total, symbols) => total + Object.values(symbols).reduce((sum, values) => sum + squaresOf(values), 0),
    0,
  );

function squaresOf(values: HostArray): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return sum;
}

/** Of each symbol, over all parameters: the smallest and the largest value, and the root mean square distance from where
 *  it started. */
function spread(values: LearnedValues, fresh: LearnedValues): MetaCurveRow {
  const seen: Record<string, Spread> = {};
  for (const [name, symbols] of Object.entries(values))
    for (const [symbol, numbers] of Object.entries(symbols))
      seen[symbol] = widened(seen[symbol] ?? NOTHING_SEEN, numbers, fresh[name]![symbol]!);
  return Object.fromEntries(
    Object.entries(seen).flatMap(([symbol, { smallest, largest, moved, count }]) => [
      [`${symbol}/smallest`, smallest],
      [`${symbol}/largest`, largest],
      [`${symbol}/moved`, Math.sqrt(moved / count)],
    ]),
  );
}

interface Spread {
  readonly smallest: number;
  readonly largest: number;
  /** Sum of the squared distances. */
  readonly moved: number;
  readonly count: number;
}
const NOTHING_SEEN: Spread = { smallest: Infinity, largest: -Infinity, moved: 0, count: 0 };

function widened({ smallest, largest, moved, count }: Spread, numbers: HostArray, start: HostArray): Spread {
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i]!;
    smallest = Math.min(smallest, value);
    largest = Math.max(largest, value);
    moved += (value - start[i]!) ** 2;
  }
  return { smallest, largest, moved, count: count + numbers.length };
}

const tooSmall = (method: MethodId, { gradientEvaluations }: UnrolledSettings, cost: number): UserError =>
  new UserError(EXIT.usage, {
    where: `metaTraining.${method}.gradientEvaluations`,
    given: `given ${gradientEvaluations}, less than one outer step`,
    accepted: `${cost} or more`,
    hint: "raise it, or lower unrollSteps",
  });
