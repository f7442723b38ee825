import { mean } from "../../core/averages.js";
import { withoutNoise } from "../../core/noise.js";

/** Ranks, 1 for the lowest; values that are equal, rounding aside, share the mean of theirs. Infinity is the highest. */
export function ranks(values: readonly number[]): number[] {
  const comparable = withoutNoise(values);
  const sorted = [...comparable].sort((a, b) => (a === b ? 0 : a < b ? -1 : 1));
  return comparable.map((value) => (sorted.indexOf(value) + sorted.lastIndexOf(value)) / 2 + 1);
}

/** Mean rank of every method over the datasets, 1 for the best; ties within a dataset share the mean rank.
 *  @param byDataset a row per dataset, a value per method. */
export function meanRanks(byDataset: readonly (readonly number[])[], higherIsBetter: boolean): number[] {
  const all = byDataset.map((row) => ranks(higherIsBetter ? row.map((value) => -value) : row));
  return (all[0] ?? []).map((_first, method) => mean(all.map((row) => row[method]!)));
}
