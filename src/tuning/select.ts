import { median } from "../core/averages.js";
import { byLoss, ranked, type Score } from "./score.js";
import { edges, type Box, type Edge, type Space } from "./space.js";

/** How clearly a point was chosen among others. */
export interface Margin {
  /** Validation images that it has right beyond the best other point, mean over the runs; below 0 where the training loss
   *  decided against the highest accuracy. */
  readonly images: number;
  /** The standard error of the highest mean accuracy, in validation images. */
  readonly errorImages: number;
  /** Other points within that error of the highest mean accuracy; where there are any, the training loss decided. */
  readonly tied: number;
}

export interface Choice extends Score {
  /** Undefined of a single point, and where the records do not say how many images there are. */
  readonly margin: Margin | undefined;
}

export interface Winner extends Choice {
  /** Where the point lies on the space's edge. */
  readonly gridEdge: readonly Edge[];
}

/** Chooses among points: of those whose mean accuracy is within one standard error of the highest, the one with the lowest
 *  mean training loss, by which a point with a diverged run comes last. Remaining ties go as `byLoss` says. A point whose
 *  runs all diverged is never chosen where there is another.
 *  @throws Error when there is none.
 *  Source: the one-standard-error rule of Breiman et al. 1984, with the training loss instead of the simplest model. */
export function choose(scores: readonly Score[]): Choice {
  const able = scores.filter(({ diverged, runs }) => diverged < runs);
  const eligible = able.length > 0 ? able : scores;
  const [best] = ranked(eligible);
  if (best === undefined) throw new Error("tuning: no outcome to select from");
  const error = standardError(best, scores);
  const candidates = scores.filter(({ meanAccuracy }) => best.meanAccuracy - meanAccuracy <= error);
  const chosen = candidates.filter((one) => eligible.includes(one)).sort(byLoss)[0]!;
  const next = chosen === best ? ranked(scores).find((one) => one !== best) : best;
  return { ...chosen, margin: marginOf(chosen, next, error, candidates.length - 1) };
}

function marginOf(chosen: Score, next: Score | undefined, error: number, tied: number): Margin | undefined {
  if (chosen.counted === undefined || next?.counted === undefined) return undefined;
  const images = chosen.counted.meanRight - next.counted.meanRight;
  return { images, errorImages: error * chosen.counted.images, tied };
}

/** The chosen point, and the edges of the space that it lies on. */
export function select(scores: readonly Score[], space: Space | Box): Winner {
  const choice = choose(scores);
  return { ...choice, gridEdge: edges(choice.point, space) };
}

/** How far the mean accuracy of the best point is uncertain: the larger of what the validation images and what the seeds
 *  leave open. Images: binomial, √(p(1−p)/n), not less for more seeds, whose runs are judged on the same images; p with one
 *  right and one wrong image added, so that nothing is certain. Seeds: two say almost nothing of their point alone, so it
 *  is the deviation of all points together, over √runs.
 *  @returns 0 where the records do not say how many images there are: the highest mean wins, as in the earlier numerics. */
function standardError({ counted, runs }: Score, scores: readonly Score[]): number {
  if (counted === undefined) return 0;
  const { images, meanRight } = counted;
  const p = (meanRight + 1) / (images + 2);
  return Math.max(Math.sqrt((p * (1 - p)) / images), Math.sqrt(seedVariance(scores) / runs));
}

/** Variance between seeds at one point: the median over the points whose runs all learned, since at a learning rate that
 *  is almost too large the seeds lie so far apart that a mean would be theirs alone. Each is divided by what the median of
 *  a sample variance is of the variance, 1 − 2/(9ν) cubed (Wilson & Hilferty 1931). 0 where no point has two runs. */
function seedVariance(scores: readonly Score[]): number {
  const variances = scores.flatMap(({ variance, runs }) =>
    variance === undefined ? [] : variance / (1 - 2 / (9 * (runs - 1))) ** 3,
  );
  return variances.length === 0 ? 0 : median(variances);
}
