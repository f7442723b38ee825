import { meanIfAny } from "../../core/averages.js";
import type { Matrix } from "../statistics/matrix.js";
import type { ClaimMetric } from "../paper/paper-results.js";
import type { Percentages } from "../statistics/pairs.js";
import type { Group } from "../statistics/t-tests.js";

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
