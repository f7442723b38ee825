import { meanIfAny } from "../../core/averages.js";
import { withoutNoise } from "../../core/noise.js";
import { chiSquaredTail, fTail, studentisedRangeCritical } from "./distributions.js";
import type { TestResult } from "./test-result.js";

/** Ranks, 1 for the lowest; values that are equal, rounding aside, share the mean of theirs. Infinity is the highest. */
export function ranks(values: readonly number[]): number[] {
  const comparable = withoutNoise(values);
  const sorted = [...comparable].sort((a, b) => (a === b ? 0 : a < b ? -1 : 1));
  return comparable.map((value) => (sorted.indexOf(value) + sorted.lastIndexOf(value)) / 2 + 1);
}

/** Mean rank of every method over the datasets: 1 for the best, ties share the mean rank, what is not finite comes last.
 *  A dataset on which nothing was run does not count.
 *  @param byDataset a row per dataset, per method its number, or undefined where it has none.
 *  @returns undefined for a method that lacks a number which others have. */
export function meanRanks(
  byDataset: readonly (readonly (number | undefined)[])[],
  higherIsBetter: boolean,
): (number | undefined)[] {
  const counted = byDataset.filter((row) => row.some((value) => value !== undefined));
  const worst = (value: number): number => (Number.isFinite(value) ? (higherIsBetter ? -value : value) : Infinity);
  const all = counted.map((row) => {
    const known = ranks(row.flatMap((value) => (value === undefined ? [] : [worst(value)]))).values();
    return row.map((value) => (value === undefined ? undefined : known.next().value));
  });
  return (byDataset[0] ?? []).map((_first, method) => {
    const own = all.map((row) => row[method]);
    return own.every((rank) => rank !== undefined) ? meanIfAny(own) : undefined;
  });
}

/** Whether methods differ over datasets, by their ranks within each. */
export interface RankComparison {
  /** 1 is the best. */
  readonly meanRanks: readonly number[];
  /** Friedman's χ², corrected for ties; k − 1 degrees of freedom. */
  readonly friedman: TestResult;
  /** Iman and Davenport's F = (N − 1) χ² / (N (k − 1) − χ²), the less conservative of the two. */
  readonly imanDavenport: TestResult;
  /** Two mean ranks at least this far apart differ at 5 %, by Nemenyi's test: q_0.05 / √2 · √(k (k + 1) / (6 N)). */
  readonly criticalDifference: number | undefined;
}

/** Friedman's test with Nemenyi's critical difference. Not defined for fewer than two datasets or three methods, or where
 *  every dataset ties all methods. @param byDataset a row per dataset, a value per method; Infinity ranks last when lower
 *  is better. Source: Demšar 2006; scipy.stats.friedmanchisquare. */
export function compareRanks(byDataset: readonly (readonly number[])[], higherIsBetter: boolean): RankComparison {
  const [n, k] = [byDataset.length, byDataset[0]?.length ?? 0];
  const mean = meanRanks(byDataset, higherIsBetter) as number[];
  const head = { test: "Friedman test", n };
  const iman = { test: "Iman-Davenport test", n };
  const undefinedBecause = n < 2 ? "fewer than two datasets" : k < 3 ? "fewer than three methods" : tied(byDataset);
  if (undefinedBecause !== undefined)
    return {
      meanRanks: mean,
      friedman: { ...head, undefinedBecause },
      imanDavenport: { ...iman, undefinedBecause },
      criticalDifference: undefined,
    };
  const spread = mean.reduce((sum, rank) => sum + (rank - (k + 1) / 2) ** 2, 0);
  const squares = byDataset.flatMap(ranks).reduce((sum, rank) => sum + (rank - (k + 1) / 2) ** 2, 0);
  const statistic = (n ** 2 * (k - 1) * spread) / squares;
  const f = ((n - 1) * statistic) / Math.max(0, n * (k - 1) - statistic);
  return {
    meanRanks: mean,
    friedman: { ...head, statistic, p: chiSquaredTail(statistic, k - 1) },
    imanDavenport: { ...iman, statistic: f, p: fTail(f, k - 1, (k - 1) * (n - 1)) },
    criticalDifference: criticalDifference(k, n),
  };
}

const tied = (byDataset: readonly (readonly number[])[]): string | undefined =>
  byDataset.every((row) => ranks(row).every((rank, _i, all) => rank === all[0]))
    ? "every dataset ties all methods"
    : undefined;

/** Nemenyi's critical difference of mean ranks. @param k methods; @param n datasets; @param alpha of the whole family.
 *  @internal Exported for tests. */
export const criticalDifference = (k: number, n: number, alpha = 0.05): number =>
  (studentisedRangeCritical(alpha, k) / Math.SQRT2) * Math.sqrt((k * (k + 1)) / (6 * n));
