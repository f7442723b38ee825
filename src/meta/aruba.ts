import { z } from "zod";
import { mean } from "../core/averages.js";
import { because, type InertRule } from "../core/inert.js";
import { derivedSeed } from "../core/rng.js";
import { map, type Leaves } from "../core/tree.js";
import { compiledPrograms } from "../engine/compiled.js";
import type { HostArray } from "../engine/host.js";
import { tensorFrom } from "../engine/memory.js";
import { add, mul, neg, square, zerosLike } from "../engine/ops.js";
import type { ParameterSpec, Params } from "../engine/parameters.js";
import { initialise } from "../models/initialise.js";
import { everyParameter } from "../models/model.js";
import { rates } from "../optimisers/aruba/rates.js";
import { INITIAL, type LearnedValues, type Optimiser } from "../optimisers/optimiser.js";
import { withBatches } from "../training/with-batches.js";
import type { Batches } from "../training/problem.js";
import { trainingProgram, type TrainingProgram } from "../training/program.js";
import { train } from "../training/train.js";
import { learnerEntry, type MetaLearner, type MetaProgress, type MetaTraining } from "./meta-learner.js";
import { innerSteps, takeOuterSteps, taskAt } from "./shared/outer-steps.js";

const positive = z.number().positive();
const steps = z.int().positive();
/** ARUBA's meta-training; ARUBA++ applies the same learned file. Defaults of the reference implementation, except the
 *  numbers of tasks and steps: as many gradients as MetaMD's defaults take on five domains. */
const settings = z.strictObject({
  tasks: steps.default(625).describe("inner runs, one domain each"),
  innerSteps: steps.default(100),
  initialLearningRate: positive.default(0.1).describe("learning rate before anything is learned: eps / zeta"),
  zeta: positive.default(1),
  power: z.number().nonnegative().default(1).describe("p: how fast the smoothing terms fall"),
  isotropic: z.boolean().default(false).describe("one learning rate for all coordinates"),
  forgetting: z.number().min(0).lt(1).default(0).describe("share of the old sums that a task forgets"),
  learnInit: z.boolean().default(false).describe("share initial weights, moved by Reptile, and start from them"),
  reptileRate: positive.max(1).default(0.1),
  annealed: z.boolean().default(true).describe("let the Reptile rate fall linearly to 0"),
  includeHead: z
    .boolean()
    .default(true)
    .describe("learn rates of the classifier; needs the same classes in every task"),
});
type ArubaSettings = z.output<typeof settings>;

/** ARUBA's meta-training: learning rates per coordinate from how far tasks moved and how steep they were.
 *  B = ε², G = ζ², η = √(B/G) at first; for task t = 1, 2, ... from initial weights φ:
 *  K steps θ ← θ − η g with acc ← acc + g²;  B ← (1−ρ)B + ½(θ_K − φ)² + ε²/(t+1)^p;
 *  G ← (1−ρ)G + acc + ζ²/(t+1)^p;  η = √(B/G) (isotropic: √(ΣB/ΣG)).
 *  With `learnInit` φ is shared and moved by Reptile, φ ← φ + α_t (θ_K − φ), α falling linearly to 0 when annealed;
 *  without, every task starts from fresh weights, as at meta-test. A task that diverges changes nothing, and is counted.
 *  @param settings ε = initialLearningRate · ζ. @returns b and g by parameter, and the shared φ as `initial`.
 *  Source: Khodak et al. 2019, Algorithm 2; mkhodak/ARUBA reptile/supervised_reptile/aruba.py (η refreshed after every
 *  task; `decay` is its forgetting ρ). */
function learn(settings: ArubaSettings): MetaLearner {
  return {
    budget: () => settings.tasks * settings.innerSteps,
    async learn(training, resume) {
      const names = Object.keys(training.parameters).filter(
        (name) => settings.includeHead || !training.parameters[name]!.head,
      );
      const first = firstValues(training, settings, names);
      const programs = compiledPrograms();
      const programFor = ({ sizes }: Batches): TrainingProgram =>
        programs.of(sizes, () =>
          trainingProgram(
            training.engine,
            training.tasks[0]!.problem,
            (learned) => accumulatingRule(training.parameters, rates(learned!, settings.isotropic)),
            sizes,
            first.learned,
          ),
        );
      try {
        return await takeOuterSteps(
          training,
          resume ?? first,
          ({ outerStep }) => outerStep < settings.tasks,
          (before) => oneTask(training, settings, programFor, before),
        );
      } finally {
        programs.dispose();
      }
    },
  };
}

/** Gradient descent with fixed rates that also sums squared gradients; parameters without rates of their own take the
 *  learning rate and have no sum. */
function accumulatingRule(
  parameters: Leaves<ParameterSpec>,
  rateOf: Readonly<Record<string, Float64Array>>,
): Optimiser<{ rate: Params; sum: Params }> {
  const rateTensors = (): Params =>
    map((values, name) => tensorFrom(values, { shape: parameters[name]!.shape, dtype: "float32" }), rateOf);
  return {
    init: (theta) => ({ rate: rateTensors(), sum: map((_rate, name) => zerosLike(theta[name]!), rateOf) }),
    update(grads, { rate, sum }, _theta, { learningRate }) {
      const step = map((g, name) => neg(mul(rate[name] ?? learningRate, g)), grads);
      return { step, state: { rate, sum: map((held, name) => add(held, square(grads[name]!)), sum) } };
    },
  };
}

function firstValues(training: MetaTraining, settings: ArubaSettings, names: readonly string[]): MetaProgress {
  const { zeta, initialLearningRate } = settings;
  const start = initialise(training.parameters, derivedSeed(training.seed, "initial"));
  const learned = Object.fromEntries(
    names.map((name) => {
      const { length } = start[name]!;
      const b = new Float64Array(length).fill((initialLearningRate * zeta) ** 2);
      const g = new Float64Array(length).fill(zeta ** 2);
      const shared = settings.learnInit && !training.parameters[name]!.head;
      return [name, { b, g, ...(shared && { [INITIAL]: Float64Array.from(start[name]!) }) }];
    }),
  );
  return { outerStep: 0, learned, curve: [], gradientEvaluations: 0 };
}

async function oneTask(
  training: MetaTraining,
  settings: ArubaSettings,
  programFor: (batches: Batches) => TrainingProgram,
  before: MetaProgress,
): Promise<MetaProgress> {
  const t = before.outerStep + 1;
  const task = taskAt(training, t);
  const seed = derivedSeed(training.seed, "inner run", t);
  const fresh = initialise(everyParameter(task.problem), seed);
  const start = map((values, name) => before.learned[name]?.[INITIAL] ?? values, fresh);
  const plain = innerSteps(training, settings.innerSteps, settings.initialLearningRate);
  const watch = { signal: training.signal, onStep: training.onStep };
  const { losses, diverged, state } = await withBatches(task.batches(seed), async (batches) => {
    const program = programFor(batches);
    program.start(start, before.learned);
    const run = await train(program, batches, plain, undefined, watch);
    return { ...run, state: program.read() };
  });
  const finite = !diverged && Object.values(state).every((values) => values.every(Number.isFinite));
  const learned = finite ? afterTask(settings, before.learned, start, state, t) : before.learned;
  const rate = Object.values(rates(learned, settings.isotropic));
  const row = {
    outerStep: t,
    meanLoss: mean(losses),
    lastLoss: losses.at(-1)!,
    divergedRuns: Number(!finite),
    ...spread(rate),
    gradientEvaluations: before.gradientEvaluations + losses.length,
  };
  return { outerStep: t, learned, curve: [...before.curve, row], gradientEvaluations: row.gradientEvaluations };
}

/** The update of B, G and φ at the end of task t. */
function afterTask(
  settings: ArubaSettings,
  before: LearnedValues,
  start: Leaves<HostArray>,
  state: Leaves<HostArray>,
  t: number,
): LearnedValues {
  const { zeta, initialLearningRate, power, forgetting, reptileRate, annealed, tasks } = settings;
  const smoothing = 1 / (t + 1) ** power;
  const alpha = annealed ? reptileRate * (1 - (t - 1) / tasks) : reptileRate;
  return map(({ b, g, ...more }, name) => {
    const [from, to, squares] = [start[name]!, state[`theta/${name}`]!, state[`optimiser/sum/${name}`]!];
    const epsilon = initialLearningRate * zeta;
    const next = {
      b: Float64Array.from(b!, (old, i) => {
        return (1 - forgetting) * old + 0.5 * (to[i]! - from[i]!) ** 2 + epsilon ** 2 * smoothing;
      }),
      g: Float64Array.from(g!, (old, i) => (1 - forgetting) * old + squares[i]! + zeta ** 2 * smoothing),
    };
    const phi = more[INITIAL];
    return phi === undefined
      ? next
      : { ...next, [INITIAL]: Float64Array.from(phi, (x, i) => x + alpha * (to[i]! - x)) };
  }, before);
}

/** Smallest, mean and largest rate. */
function spread(all: readonly Float64Array[]): { minRate: number; meanRate: number; maxRate: number } {
  let [minRate, maxRate, sum, count] = [Infinity, 0, 0, 0];
  for (const values of all) {
    for (const value of values) {
      minRate = Math.min(minRate, value);
      maxRate = Math.max(maxRate, value);
      sum += value;
    }
    count += values.length;
  }
  return { minRate, meanRate: sum / count, maxRate };
}

const withoutInit: InertRule<ArubaSettings> = {
  inert: ({ learnInit }) => because(!learnInit, "no initial weights are learned"),
  instead: "set learnInit to true",
};
export const aruba = learnerEntry({
  settings,
  holdsOut: false,
  inert: { reptileRate: withoutInit, annealed: withoutInit },
  heldPerParameter: () => 22,
  create: learn,
});
