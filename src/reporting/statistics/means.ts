import { withoutNoise } from "../../core/noise.js";
import { meanRanks } from "./ranks.js";

/** Means by method, one per column; undefined where it is lost or missing. */
export type Means = ReadonlyMap<string, readonly (number | undefined)[]>;

/** How many columns there are. */
export const widthOf = (means: Means): number => [...means.values()][0]?.length ?? 0;

/** The means of every method, by column. */
const byColumn = (means: Means): (number | undefined)[][] =>
  Array.from({ length: widthOf(means) }, (_none, i) => [...means.values()].map((row) => row[i]));

/** The means as they are compared: in every column, those that differ by rounding alone are made equal. */
export function comparable(means: Means): Means {
  const columns = byColumn(means).map((column) => {
    const rounded = withoutNoise(column.flatMap((value) => value ?? [])).values();
    return column.map((value) => (value === undefined ? undefined : rounded.next().value));
  });
  return new Map([...means.keys()].map((method, r) => [method, columns.map((column) => column[r])]));
}

/** Mean rank over the columns by method, 1 for the best, ties sharing the mean rank; undefined while a value is. */
export function averageRanks(means: Means, higherIsBetter: boolean): Map<string, number> | undefined {
  const columns = byColumn(means);
  if (columns.length === 0 || columns.flat().includes(undefined)) return undefined;
  const ranks = meanRanks(columns, higherIsBetter);
  return new Map([...means.keys()].map((method, i) => [method, ranks[i]!]));
}
