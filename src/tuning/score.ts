import { imagesOf } from "../core/counting.js";
import { groupBy } from "../core/group.js";
import type { Point } from "./space.js";

/** What one tuning run at a point came to. */
export interface Outcome {
  readonly point: Point;
  /** Share of the validation images that was classified right. */
  readonly validationAccuracy: number | undefined;
  /** How many validation images there were; records of the earlier numerics do not say. */
  readonly images?: number | undefined;
  /** Training loss at the end of the run. */
  readonly loss: number | undefined;
  readonly diverged: boolean;
}

/** A point with what its runs came to, over the seeds. */
export interface Score {
  readonly point: Point;
  readonly meanAccuracy: number;
  /** Validation images, and how many of them were right on average; undefined where the records do not say. */
  readonly counted?: { readonly images: number; readonly meanRight: number } | undefined;
  /** Infinity where a run diverged. */
  readonly meanLoss: number;
  readonly runs: number;
  readonly diverged: number;
  /** Runs that ended no better than guessing without diverging: collapsed, or never learned. */
  readonly atChance: number;
  /** Sample variance of the accuracies; undefined of a single run, and where a run counts as chance. */
  readonly variance?: number | undefined;
}

/** Standard errors above chance up to which an accuracy is no better than guessing. */
const NOISE = 2;

/** Scores every point by its mean validation accuracy over its runs, the same in any order of the runs. A run that
 *  diverged, or ended within two standard errors of chance, counts as chance.
 *  @param chance accuracy of guessing, as a fraction. */
export function score(outcomes: readonly Outcome[], chance: number): Score[] {
  return [...groupBy(outcomes, ({ point }) => pointKey(point)).values()].map((runs): Score => {
    const [{ point, images }] = runs as [Outcome];
    const learned = runs.filter((run) => !countsAsChance(run, chance));
    const accuracies = learned.map(({ validationAccuracy }) => validationAccuracy!);
    const lost = runs.length - learned.length;
    // Whole numbers first: their sum is exact in any order, which chance need not be.
    const whole = accuracies.reduce((sum, share) => sum + imagesOf(share, images ?? 0), 0);
    const right = whole + lost * chance * (images ?? 0);
    const counted = images === undefined ? undefined : { images, meanRight: right / runs.length };
    const diverged = runs.filter((run) => run.diverged).length;
    return {
      point,
      meanAccuracy: counted
        ? counted.meanRight / counted.images
        : meanOf([...accuracies, ...Array<number>(lost).fill(chance)]),
      counted,
      meanLoss: meanOf(runs.map((run) => (run.diverged || !Number.isFinite(run.loss) ? Infinity : run.loss!))),
      runs: runs.length,
      diverged,
      atChance: lost - diverged,
      variance: lost > 0 || runs.length < 2 ? undefined : varianceOf(accuracies),
    };
  });
}

/** Scores from the best to the worst: by mean accuracy, then by `byLoss`. */
export const ranked = (scores: readonly Score[]): Score[] =>
  [...scores].sort((a, b) => b.meanAccuracy - a.meanAccuracy || byLoss(a, b));

/** The lower training loss first, then the higher accuracy, the lower learning rate, the lower weight decay: the order of
 *  the runs never decides. */
export const byLoss = (a: Score, b: Score): number =>
  order(a.meanLoss, b.meanLoss) ||
  b.meanAccuracy - a.meanAccuracy ||
  a.point.learningRate - b.point.learningRate ||
  a.point.weightDecay - b.point.weightDecay;

/** Validation accuracy of a run; chance where it counts as that. */
export const accuracyOf = (outcome: Outcome, chance: number): number =>
  countsAsChance(outcome, chance) ? chance : outcome.validationAccuracy!;

function countsAsChance({ diverged, validationAccuracy, images }: Outcome, chance: number): boolean {
  const noise = images === undefined ? 0 : NOISE * Math.sqrt((chance * (1 - chance)) / images);
  return diverged || validationAccuracy === undefined || validationAccuracy <= chance + noise;
}

/** Points are the same when their numbers are. */
export const pointKey = ({ learningRate, weightDecay }: Point): string => `${learningRate} ${weightDecay}`;

/** Added from the lowest to the highest, so that the order of the values does not round the sum. */
const meanOf = (values: readonly number[]): number =>
  [...values].sort(order).reduce((sum, value) => sum + value, 0) / values.length;

function varianceOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return (meanOf(values.map((value) => (value - mean) ** 2)) * values.length) / (values.length - 1);
}

const order = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);
