import { groupBy } from "../core/group.js";
import { pointKey } from "./score.js";
import { AXES, type Axis, type Point } from "./space.js";

/** Shares of the variance of the validation accuracy over a grid, 0 to 1. */
export interface Importance {
  readonly shares: Readonly<Record<Axis, number>>;
  /** What neither axis explains alone. */
  readonly together: number;
}

interface Judged {
  readonly point: Point;
  readonly accuracy: number;
}

/** Differences of accuracies up to which they are equal: what rounding makes. */
const EQUAL = 1e-12;

/** How much of the variance of the validation accuracy over a full grid each axis explains (functional ANOVA).
 *  V = mean of (y - ȳ)²;  share of an axis = mean over its values of (ȳ_value - ȳ)² / V;  together = 1 - all shares.
 *  @returns undefined where the points are no full grid (every combination of their values, once), where there is one point,
 *  and where all accuracies are equal.
 *  Source: Hutter, Hoos and Leyton-Brown 2014; on a full grid no model of the accuracy is needed. */
export function importance(tried: readonly Judged[]): Importance | undefined {
  if (tried.length < 2 || !isFullGrid(tried)) return undefined;
  const accuracies = tried.map(({ accuracy }) => accuracy);
  if (Math.max(...accuracies) - Math.min(...accuracies) <= EQUAL) return undefined;
  const all = variance(accuracies);
  const shareOf = (axis: Axis): number => {
    const byValue = [...groupBy(tried, ({ point }) => point[axis]).values()];
    return variance(byValue.map((ones) => mean(ones.map(({ accuracy }) => accuracy)))) / all;
  };
  const shares = { learningRate: shareOf("learningRate"), weightDecay: shareOf("weightDecay") };
  return { shares, together: Math.max(0, 1 - shares.learningRate - shares.weightDecay) };
}

function isFullGrid(tried: readonly Judged[]): boolean {
  const combinations = AXES.reduce((count, axis) => count * new Set(tried.map(({ point }) => point[axis])).size, 1);
  return tried.length === combinations && new Set(tried.map(({ point }) => pointKey(point))).size === combinations;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const variance = (values: readonly number[]): number => {
  const middle = mean(values);
  return mean(values.map((value) => (value - middle) ** 2));
};
