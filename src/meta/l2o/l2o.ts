import { z } from "zod";
import { mean } from "../../core/averages.js";
import { pace } from "../../core/interruption.js";
import { derivedSeed } from "../../core/rng.js";
import { map, type Leaves } from "../../core/tree.js";
import { compiledPrograms } from "../../engine/compiled.js";
import { initialise } from "../../models/initialise.js";
import { everyParameter } from "../../models/model.js";
import { hiddenOf, initialNetworks } from "../../optimisers/l2o/network.js";
import type { LearnedValues } from "../../optimisers/optimiser.js";
import { withBatches } from "../../training/with-batches.js";
import type { Batches } from "../../training/problem.js";
import { hostAdam } from "../shared/host-adam.js";
import {
  learnerEntry,
  type MetaCurveRow,
  type MetaLearner,
  type MetaProgress,
  type MetaTask,
  type MetaTraining,
} from "../meta-learner.js";
import { optimisee, type Evaluated, type Optimisee } from "./optimisee.js";
import { takeOuterSteps, taskAt } from "../shared/outer-steps.js";
import { unrolledNetwork, type NetworkGradients, type UnrolledNetwork } from "./unrolled-network.js";

const positive = z.number().positive();
const steps = z.int().positive();
/** L2O's meta-training. Defaults: the paper's, with Adam's rate of the authors' repository. */
const settings = z.strictObject({
  episodes: steps.default(625).describe("models that are trained; 105 gradients each"),
  episodeSteps: steps.default(100).describe("steps of a model's training"),
  unroll: steps.default(20).describe("K: steps of a window, which are back-propagated through"),
  metaLearningRate: positive.default(1e-3).describe("of Adam on the networks' weights"),
  clip: positive.default(1).describe("largest norm of a meta-gradient"),
  validateEvery: steps.default(50).describe("episodes between validations, which decide what is kept"),
  validationEpisodes: steps.default(5).describe("models that are trained in a validation"),
  p: positive.default(10).describe("gradients below exp(-p) are seen on a linear scale"),
  scale: positive.default(0.1).describe("of the network's output"),
  chunk: steps
    .default(2048)
    .describe("coordinates that are back-propagated at a time: 80 kB each in engines without an LSTM of their own"),
});
type L2oSettings = z.output<typeof settings>;

/** L2O's meta-training: learns the networks by truncated back-propagation through time.
 *  An episode trains a fresh model on one task for 100 steps, in windows of K = 20. The meta-loss of a window is
 *  Σ_{t=0..K} f(θ_t), each f on a mini-batch of its own; its gradient goes through the updates of the window only, and
 *  one step of Adam follows. Parameters and memory carry over to the next window. A window with a loss above the bound
 *  of divergence, or none at all, is dropped with the rest of its episode, and counted. Every so many episodes the
 *  networks train fresh models on held-out images of the tasks; what is learned is what had the lowest mean loss there.
 *  Source: Andrychowicz et al. 2016, Section 2 and 3; their repository's meta.py and evaluate_dm.py. Clipping and
 *  dropping are ours. */
function learn(settings: L2oSettings): MetaLearner {
  const { episodes, episodeSteps, unroll, validateEvery, validationEpisodes } = settings;
  const windows = Math.ceil(episodeSteps / unroll);
  return {
    budget() {
      const validations = 1 + Math.ceil(episodes / validateEvery);
      return episodes * (episodeSteps + windows) + validations * validationEpisodes * episodeSteps;
    },
    async learn(training, resume) {
      const { parameters, seed } = training;
      const tools = toolsOf(training, settings, initialNetworks(parameters, derivedSeed(seed, "networks"), settings));
      try {
        const begun = resume ?? (await first(training, settings, tools));
        training.checkpoint(begun);
        return await takeOuterSteps(
          training,
          begun,
          ({ outerStep }) => outerStep < episodes,
          (before) => episode(training, settings, tools, before),
        );
      } finally {
        tools.dispose();
      }
    },
  };
}

type Networks = Readonly<Record<string, Leaves<Float64Array>>>;
interface Tools {
  readonly initial: Networks;
  /** One for all tasks and episodes with batches of the same sizes. */
  optimiseeFor(batches: Batches): Optimisee;
  readonly unrolled: UnrolledNetwork;
  /** Lets events in. @throws Interrupted: what a broken-off episode did is lost. */
  breathe(): Promise<void>;
  dispose(): void;
}

function toolsOf(
  { engine, tasks, parameters, signal }: MetaTraining,
  { unroll, chunk }: L2oSettings,
  initial: Networks,
): Tools {
  const programs = compiledPrograms();
  const hidden = hiddenOf(Object.values(initial)[0]!);
  const unrolled = unrolledNetwork(engine, parameters, { hidden, steps: unroll, chunk });
  return {
    initial,
    optimiseeFor: ({ sizes }) => programs.of(sizes, () => optimisee(engine, tasks[0]!.problem, sizes, initial)),
    unrolled,
    breathe: pace(signal),
    dispose() {
      programs.dispose();
      unrolled.dispose();
    },
  };
}

/** What goes from one episode to the next besides what is learned. */
interface Running {
  readonly networks: Networks;
  readonly adam: { readonly moments: LearnedValues; readonly steps: number };
  readonly validationLoss: number;
  readonly bestValidationLoss: number;
}

/** Before the first episode: the validation loss of the initial networks. */
async function first(training: MetaTraining, settings: L2oSettings, tools: Tools): Promise<MetaProgress> {
  const networks = tools.initial;
  const adam = { moments: {}, steps: 0 };
  const { loss, gradientEvaluations } = await validate(training, settings, tools, networks);
  const memory = remembered({ networks, adam, validationLoss: loss, bestValidationLoss: loss });
  return { outerStep: 0, learned: networks, memory, curve: [], gradientEvaluations };
}

async function episode(
  training: MetaTraining,
  settings: L2oSettings,
  tools: Tools,
  before: MetaProgress,
): Promise<MetaProgress> {
  const number = before.outerStep + 1;
  const seed = derivedSeed(training.seed, "episode", number);
  const task = taskAt(training, number);
  const begun = recalled(before.memory!);
  const { networks, adam, losses, norms, dropped } = await withBatches(task.innerBatches(seed), (batches) =>
    trainedThrough({ task, batches, seed }, training, settings, tools, begun),
  );
  let { validationLoss, bestValidationLoss } = begun;
  let { learned } = before;
  let gradientEvaluations = before.gradientEvaluations + losses.length;
  if (number % settings.validateEvery === 0 || number === settings.episodes) {
    const validated = await validate(training, settings, tools, networks);
    gradientEvaluations += validated.gradientEvaluations;
    validationLoss = validated.loss;
    if (validationLoss < bestValidationLoss) [bestValidationLoss, learned] = [validationLoss, networks];
  }
  const row: MetaCurveRow = {
    outerStep: number,
    meanLoss: mean(losses),
    lastLoss: losses.at(-1)!,
    gradientNorm: norms.length > 0 ? mean(norms) : 0,
    droppedWindows: dropped,
    validationLoss,
    bestValidationLoss,
    gradientEvaluations,
  };
  const memory = remembered({ networks, adam, validationLoss, bestValidationLoss });
  return { outerStep: number, learned, memory, curve: [...before.curve, row], gradientEvaluations };
}

/** The model that an episode trains. */
interface Trainee {
  readonly task: MetaTask;
  readonly batches: Batches;
  /** Of its first weights. */
  readonly seed: number;
}

/** What an episode came to: networks moved once a window, losses of all steps, and norms of the meta-gradients. */
interface Episode extends Pick<Running, "networks" | "adam"> {
  readonly losses: readonly number[];
  readonly norms: readonly number[];
  /** Windows. */
  readonly dropped: number;
}

/** Trains a fresh model in windows, after each of which the networks take a step. */
async function trainedThrough(
  { task, batches, seed }: Trainee,
  training: MetaTraining,
  { episodeSteps, unroll, metaLearningRate, clip }: L2oSettings,
  tools: Tools,
  begun: Running,
): Promise<Episode> {
  let { networks, adam } = begun;
  const losses: number[] = [];
  const norms: number[] = [];
  let dropped = 0;
  const evaluated = async (act: Optimisee["step"]): Promise<Evaluated> => {
    await tools.breathe();
    const result = act(batches.at(losses.length + 1));
    losses.push(result.loss);
    training.onStep();
    return result;
  };
  const model = tools.optimiseeFor(batches);
  model.start(initialise(everyParameter(task.problem), seed), networks);
  for (let done = 0; done < episodeSteps; done += unroll) {
    const memory = model.memory();
    const window: Evaluated[] = [];
    const bounded = (): boolean => window.every(({ loss }) => loss <= training.divergenceLoss);
    const last = Math.min(unroll, episodeSteps - done);
    for (let t = 0; t <= last && bounded(); t++) {
      window.push(await evaluated(t < last ? model.step : model.evaluate));
    }
    if (!bounded()) {
      dropped += Math.ceil((episodeSteps - done) / unroll);
      break;
    }
    const gradients = window.map(({ gradient }) => gradient);
    const metaGradient = tools.unrolled.gradient(networks, { gradients, memory });
    const norm = normOf(metaGradient);
    if (!Number.isFinite(norm)) {
      dropped++;
      continue;
    }
    norms.push(norm);
    ({ networks, adam } = moved(networks, adam, scaled(metaGradient, Math.min(1, clip / norm)), metaLearningRate));
    model.exchange(networks);
  }
  return { networks, adam, losses, norms, dropped };
}

/** Mean loss over the steps of the validation episodes, the same ones every time; Infinity when one of them diverges. */
async function validate(
  training: MetaTraining,
  { validationEpisodes, episodeSteps }: L2oSettings,
  tools: Tools,
  networks: Networks,
): Promise<{ loss: number; gradientEvaluations: number }> {
  const losses: number[] = [];
  for (let index = 0; index < validationEpisodes; index++) {
    const seed = derivedSeed(training.seed, "validation episode", index);
    const task = training.tasks[index % training.tasks.length]!;
    const bounded = await withBatches(task.outerBatches(seed), async (batches) => {
      const model = tools.optimiseeFor(batches);
      model.start(initialise(everyParameter(task.problem), seed), networks);
      for (let t = 1; t <= episodeSteps; t++) {
        await tools.breathe();
        losses.push(model.step(batches.at(t)).loss);
        training.onStep();
        if (!(losses.at(-1)! <= training.divergenceLoss)) return false;
      }
      return true;
    });
    if (!bounded) return { loss: Infinity, gradientEvaluations: losses.length };
  }
  return { loss: mean(losses), gradientEvaluations: losses.length };
}

/** One step of Adam on the weights of every network; p and scale, which have no gradient, stay. */
function moved(
  networks: Networks,
  { moments, steps }: Running["adam"],
  gradients: NetworkGradients,
  metaLearningRate: number,
): Pick<Running, "networks" | "adam"> {
  const next = hostAdam(networks, gradients, moments, steps + 1, metaLearningRate, Infinity);
  return { networks: next.values, adam: { moments: next.moments, steps: steps + 1 } };
}

const normOf = (gradients: NetworkGradients): number =>
  Math.sqrt(
    Object.values(gradients)
      .flatMap((symbols) => Object.values(symbols))
      .reduce((total, values) => total + values.reduce((sum, value) => sum + value * value, 0), 0),
  );
const scaled = (gradients: NetworkGradients, factor: number): NetworkGradients =>
  map((symbols) => map((values) => values.map((value) => factor * value), symbols), gradients);

/** As a checkpoint holds it: groups "<network>" and "<network>.moments" by symbol, and single numbers. */
function remembered({ networks, adam, validationLoss, bestValidationLoss }: Running): LearnedValues {
  const moments = Object.entries(adam.moments).map(([network, held]) => [`${network}${MOMENTS}`, held]);
  const numbers = { adamSteps: adam.steps, validationLoss, bestValidationLoss };
  return {
    ...networks,
    ...(Object.fromEntries(moments) as LearnedValues),
    numbers: map((value) => Float64Array.of(value), numbers),
  };
}

const MOMENTS = ".moments";

function recalled({ numbers, ...groups }: LearnedValues): Running {
  const { adamSteps, validationLoss, bestValidationLoss } = map((values) => values[0]!, numbers!);
  const doubles = (symbols: LearnedValues[string]): Leaves<Float64Array> =>
    map((values) => Float64Array.from(values), symbols);
  const networks: Record<string, Leaves<Float64Array>> = {};
  const moments: Record<string, Leaves<Float64Array>> = {};
  for (const [name, symbols] of Object.entries(groups)) {
    if (name.endsWith(MOMENTS)) moments[name.slice(0, -MOMENTS.length)] = doubles(symbols);
    else networks[name] = doubles(symbols);
  }
  return {
    networks,
    adam: { moments, steps: adamSteps! },
    validationLoss: validationLoss!,
    bestValidationLoss: bestValidationLoss!,
  };
}

/** Coordinates times steps of a window that are back-propagated through in about two seconds. */
const SAMPLED = 1.5e6;

/** Short windows, and one short validation at the beginning. */
function sample(settings: L2oSettings, size: number): L2oSettings {
  const unroll = Math.max(1, Math.min(5, settings.unroll, settings.episodeSteps, Math.floor(SAMPLED / size)));
  return { ...settings, unroll, episodeSteps: unroll, validateEvery: settings.episodes, validationEpisodes: 1 };
}

export const l2o = learnerEntry({
  settings,
  holdsOut: true,
  sample,
  heldPerParameter: ({ unroll }) => 330 + unroll,
  create: learn,
});
