import { edges, type Box, type Edge, type Point, type Space } from "./space.js";

/** What one tuning run at a point came to. */
export interface Outcome {
  readonly point: Point;
  /** Fraction of the validation split that was classified correctly; counts as chance when diverged. */
  readonly validationAccuracy: number | undefined;
  /** Last training loss; breaks ties. */
  readonly loss: number | undefined;
  readonly diverged: boolean;
}

/** A point with what its runs came to, over the seeds. */
export interface Score {
  readonly point: Point;
  readonly meanAccuracy: number;
  readonly meanLoss: number;
  readonly runs: number;
  readonly diverged: number;
}

export interface Winner extends Score {
  /** Where the point lies on the space's edge. */
  readonly gridEdge: readonly Edge[];
}

/** A point that a search asks for. */
export interface Proposal extends Point {
  /** What made the search choose it: an upper bound of the validation accuracy, as a fraction. */
  readonly acquisition?: number;
}

/** A search strategy: asked for points until it has none left, told what they came to. */
export interface Search {
  /** The points to run next; none when the search is over. */
  ask(): readonly Proposal[];
  /** @param outcome of one run; a point may have several, one per seed. */
  tell(outcome: Outcome): void;
  /** The best point told so far. @throws Error when nothing was told. */
  winner(): Winner;
  /** Every point told, in the order of the first telling. */
  trace(): readonly Score[];
}

/** A search of points that are known before any was run. @param chance accuracy of guessing, as a fraction. */
export function listed(points: readonly Point[], space: Space | Box, chance: number): Search {
  const told: Outcome[] = [];
  return {
    ask() {
      const known = new Set(told.map(({ point }) => pointKey(point)));
      return points.filter((point) => !known.has(pointKey(point)));
    },
    tell: (outcome) => void told.push(outcome),
    winner: () => select(score(told, chance), space),
    trace: () => score(told, chance),
  };
}

/** Scores every point by its mean validation accuracy over its runs. A diverged or collapsed run (accuracy below
 *  chance) counts as chance; its loss counts as Infinity when it diverged.
 *  @param chance accuracy of guessing, as a fraction. */
export function score(outcomes: readonly Outcome[], chance: number): Score[] {
  const groups = new Map<string, Outcome[]>();
  for (const outcome of outcomes) {
    const key = pointKey(outcome.point);
    groups.set(key, [...(groups.get(key) ?? []), outcome]);
  }
  return [...groups.values()].map((runs) => ({
    point: runs[0]!.point,
    meanAccuracy: mean(runs.map((run) => accuracyOf(run, chance))),
    meanLoss: mean(runs.map(({ loss, diverged }) => (diverged || !Number.isFinite(loss) ? Infinity : loss!))),
    runs: runs.length,
    diverged: runs.filter(({ diverged }) => diverged).length,
  }));
}

/** Scores from the best to the worst: by mean accuracy. Ties go to the lower mean loss, then to the lower learning rate,
 *  then to the lower weight decay, so that the order of the runs never decides. */
export const ranked = (scores: readonly Score[]): Score[] =>
  [...scores].sort(
    (a, b) =>
      b.meanAccuracy - a.meanAccuracy ||
      order(a.meanLoss, b.meanLoss) ||
      a.point.learningRate - b.point.learningRate ||
      a.point.weightDecay - b.point.weightDecay,
  );

/** The best score, and the edges of the space that it lies on. */
export function select(scores: readonly Score[], space: Space | Box): Winner {
  const [best] = ranked(scores);
  if (best === undefined) throw new Error("tuning: no outcome to select from");
  return { ...best, gridEdge: edges(best.point, space) };
}

/** Validation accuracy of a run; chance where it is below it or the run diverged. */
export const accuracyOf = ({ diverged, validationAccuracy }: Outcome, chance: number): number =>
  diverged ? chance : Math.max(validationAccuracy ?? chance, chance);

/** Points are the same when their numbers are. */
export const pointKey = ({ learningRate, weightDecay }: Point): string => `${learningRate} ${weightDecay}`;

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const order = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);
