import { milliseconds } from "../../core/clock.js";
import { Interrupted, UserError } from "../../core/errors.js";
import { sizeOf } from "../../engine/host.js";
import type { LearnerId } from "../../optimisers/index.js";
import { LEARNERS } from "../index.js";
import type { MetaTraining } from "../meta-learner.js";

/** What a meta-training costs, in milliseconds. */
export interface LearningPrice {
  /** Before and besides its gradients: programs are compiled. */
  readonly once: number;
  /** A gradient, whatever is done with it included. */
  readonly gradient: number;
}

/** Outer steps that are enough, the first of which only warms up. */
const OUTER_STEPS = 3;
/** Times `enough` after which whatever was seen is enough, if it is so many gradients: the first ones warm up. */
const PATIENCE = 6;
const GRADIENTS = 5;
/** Milliseconds after which one is. */
const LONGEST = 20_000;

/** Learns for a while. @param settings as in a config. @param enough milliseconds. */
export async function learningPrice(
  method: LearnerId,
  settings: unknown,
  training: Pick<MetaTraining, "engine" | "tasks" | "parameters">,
  enough: number,
): Promise<LearningPrice> {
  const line = LEARNERS.of(method);
  const size = Object.values(training.parameters).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const parsed = line.settings.parse(settings ?? {});
  const learner = line.create(line.sample?.(parsed, size) ?? parsed);
  const stop = new AbortController();
  const begun = milliseconds();
  const seen: Seen = { begun, gradients: [], outerSteps: [] };
  const look = (): number => {
    const now = milliseconds();
    const patience = seen.outerSteps.length < OUTER_STEPS ? PATIENCE : 1;
    // The first gradient says little: programs are compiled before it.
    const fewest = now - begun > LONGEST ? 1 : GRADIENTS;
    if (seen.gradients.length >= fewest && now - begun > patience * enough) stop.abort();
    return now;
  };
  const learning = learner.learn({
    ...training,
    seed: 0,
    divergenceLoss: Infinity,
    signal: stop.signal,
    onStep: () => void seen.gradients.push(look()),
    checkpoint({ outerStep, gradientEvaluations }) {
      if (outerStep > 0) seen.outerSteps.push({ gradients: gradientEvaluations, at: look() });
    },
  });
  await learning.catch((error: unknown) => {
    // What went wrong on made-up images has been timed all the same.
    if (!(error instanceof Interrupted || error instanceof UserError) || seen.gradients.length === 0) throw error;
  });
  return priceOf(seen);
}

/** When what was done, by the clock. */
interface Seen {
  readonly begun: number;
  readonly gradients: number[];
  readonly outerSteps: { readonly gradients: number; readonly at: number }[];
}

/** From the first outer step to the last, or where there are no two, from an early gradient to the last. */
function priceOf({ begun, gradients, outerSteps }: Seen): LearningPrice {
  const [warm, last] = [outerSteps[0], outerSteps.at(-1)];
  const end = gradients.at(-1)!;
  const known = warm ?? { gradients: gradients.length, at: end };
  const more = (last?.gradients ?? 0) - (warm?.gradients ?? 0);
  // What is run for the first time takes longer.
  const early = gradients.length > 2 ? 1 : 0;
  const alone = gradients.length === 1 ? end - begun : (end - gradients[early]!) / (gradients.length - 1 - early);
  const gradient = more > 0 ? (last!.at - warm!.at) / more : alone;
  return { once: Math.max(0, known.at - begun - known.gradients * gradient), gradient };
}
