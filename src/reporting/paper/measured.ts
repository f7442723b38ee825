import { meanIfAny } from "../../core/averages.js";
import type { ClaimMetric } from "./paper-results.js";
import type { Percentages } from "../statistics/pairs.js";
import type { Group } from "../statistics/t-tests.js";
import { withoutNoise } from "../../core/noise.js";
import { meanRanks } from "../statistics/ranks.js";

/** One method in one column. */
export interface MeasuredCell extends Percentages {
  /** By what makes pairs: the trial, whose weights and batches all methods share, or the task. */
  readonly values: ReadonlyMap<string, number>;
  /** Instead of values where only their mean and spread were kept. */
  readonly summary?: Group;
  /** The runs behind it. */
  readonly runs: readonly string[];
  /** Why it is not all that was planned, like "1 of 3 missing". */
  readonly incomplete?: string;
}

interface MeasuredColumn {
  /** A domain, a quadratic family, a weight decay, or the paper's word. */
  readonly id: string;
  /** Made of drawn data in place of the real ones: no verdict rests on it. */
  readonly standIn: boolean;
}

/** What was measured of one metric. */
export interface Measurements {
  readonly preset: string;
  readonly numerics: number;
  readonly columns: readonly MeasuredColumn[];
  /** A cell per column, by method. */
  readonly rows: ReadonlyMap<string, readonly MeasuredCell[]>;
}

export const EMPTY_CELL: MeasuredCell = { values: new Map(), runs: [], incomplete: "not run" };

/** Accuracy alone is better when it is higher. */
export const isHigherBetter = (metric: ClaimMetric): boolean => metric === "test_accuracy";

/** A cell's mean; undefined of nothing. */
export const meanOf = ({ values, summary }: MeasuredCell): number | undefined =>
  summary?.mean ?? meanIfAny([...values.values()]);

/** Means of some methods in some columns, as a matrix. */
export function measuredMeans(
  { columns, rows }: Measurements,
  methods: readonly string[],
  places: readonly number[],
  metric: ClaimMetric,
): Matrix {
  const known = methods.filter((method) => rows.has(method));
  return {
    columns: places.map((i) => columns[i]!.id),
    rows: new Map(known.map((method) => [method, places.map((i) => meanOf(rows.get(method)![i]!))])),
    higherIsBetter: isHigherBetter(metric),
  };
}

/** Means by method and column, the paper's or ours. */
export interface Matrix {
  readonly columns: readonly string[];
  /** A value per column, undefined where it is lost or missing. */
  readonly rows: ReadonlyMap<string, readonly (number | undefined)[]>;
  readonly higherIsBetter: boolean;
}

/** The rows of some methods, in their order; methods without a row are left out. */
export const rowsOf = ({ rows, ...rest }: Matrix, methods: readonly string[]): Matrix => ({
  ...rest,
  rows: new Map(methods.flatMap((method) => (rows.has(method) ? [[method, rows.get(method)!] as const] : []))),
});

/** The values as they are compared: in every column, those that differ by rounding alone are made equal. */
export function comparable({ columns, rows, higherIsBetter }: Matrix): Matrix {
  const all = [...rows];
  const byColumn = columns.map((_column, i) => {
    const known = all.flatMap(([, row]) => row[i] ?? []);
    const rounded = withoutNoise(known).values();
    return all.map(([, row]) => (row[i] === undefined ? undefined : rounded.next().value));
  });
  return { columns, rows: new Map(all.map(([id], r) => [id, byColumn.map((column) => column[r])])), higherIsBetter };
}

/** Whether every value is known. */
export const isWhole = ({ rows }: Matrix): boolean => [...rows.values()].flat().every((value) => value !== undefined);

/** Mean rank over the columns by method, 1 for the best, ties sharing the mean rank; undefined while a value is. */
export function averageRanks({ columns, rows, higherIsBetter }: Matrix): Map<string, number> | undefined {
  const byColumn = columns.map((_column, i) => [...rows.values()].map((row) => row[i]));
  if (columns.length === 0 || byColumn.flat().includes(undefined)) return undefined;
  const all = meanRanks(byColumn as number[][], higherIsBetter);
  return new Map([...rows.keys()].map((method, i) => [method, all[i]!]));
}
