import { methodOf, rowOf } from "../../config/variants.js";
import { METHODS, type OwnLearnerId } from "../../optimisers/index.js";
import type { LearnedFile } from "../../records/learned.js";
import type { RunStore } from "../../records/store.js";
import type { ResolvedConfig } from "../../config/load.js";

/** A point that an experiment's tuning chose for a row that applies what was learned. */
export interface TunedRate {
  readonly method: string;
  /** The domain that it was tuned on. */
  readonly holdout: string;
  readonly learningRate: number;
  readonly weightDecay: number;
  /** The method's hyper-parameters, such as its momentum. */
  readonly settings: object;
}

/** Where somebody who applies a learned optimiser begins. */
export interface StartingRate {
  readonly learningRate: number;
  readonly weightDecay: number;
  /** In words. */
  readonly from: string;
}

/** Every point that was tuned for a learned optimiser, in the order of the plan. */
export function tunedRates(store: RunStore, run: string): TunedRate[] {
  const plan = store.plan()!;
  // A plan's config is a resolved one, as plain values.
  const config = plan.config as unknown as ResolvedConfig;
  const rates = new Map<string, TunedRate>();
  for (const cell of plan.cells) {
    if (cell.phase !== "trial" || !cell.dependsOn.includes(run) || !store.has(cell.id)) continue;
    const { selected } = store.read(cell.id);
    const { method, holdout } = cell;
    // A method of a plug-in that is not here has settings that nobody knows.
    if (selected === undefined || rates.has(`${method} ${holdout}`) || !METHODS.has(methodOf(method))) continue;
    const { learningRate, weightDecay } = selected;
    const { settings } = rowOf(config, method);
    rates.set(`${method} ${holdout}`, { method, holdout, learningRate, weightDecay, settings });
  }
  return [...rates.values()];
}

/** The rate to begin with: what was tuned for the method itself, else for another row, else the rate it was learned at:
 *  that of the inner runs, or 1 where rates are what is learned. */
export function startingRate({ method, settings }: LearnedFile, rates: readonly TunedRate[]): StartingRate {
  const tuned = rates.find((rate) => methodOf(rate.method) === method) ?? rates[0];
  if (tuned !== undefined) {
    const { learningRate, weightDecay, holdout } = tuned;
    return { learningRate, weightDecay, from: `tuned for ${tuned.method} on ${holdout}` };
  }
  const from = "not tuned: the rate that it was learned at";
  return { learningRate: AS_LEARNED[method as OwnLearnerId](settings), weightDecay: 0, from };
}

const innerRate = ({ innerLearningRate }: LearnedFile["settings"]): number => Number(innerLearningRate);
const one = (): number => 1;

const AS_LEARNED: Readonly<Record<OwnLearnerId, (settings: LearnedFile["settings"]) => number>> = {
  metamd: innerRate,
  metamd_short: innerRate,
  meta_curvature: innerRate,
  meta_sgd: one,
  aruba: one,
  l2o: one,
};
