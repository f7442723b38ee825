import { meanIfAny } from "../../core/averages.js";
import type { Means } from "../statistics/means.js";
import type { Percentages } from "../statistics/pairs.js";
import type { Group } from "../statistics/t-tests.js";

/** What a method's number in a column is made of. */
export interface MeasuredCell extends Percentages {
  /** By what makes pairs: the trial, whose weights and batches all methods share, or the task. */
  readonly values: ReadonlyMap<string, number>;
  /** Instead of values where only their mean and spread were kept. */
  readonly summary?: Group;
  /** The runs, or analyses, behind it. */
  readonly runs: readonly string[];
  /** Why it is not all that was planned, like "1 of 3 missing". */
  readonly incomplete?: string;
}

export interface MeasuredColumn {
  /** A domain, a quadratic family, a weight decay, or the paper's word. */
  readonly id: string;
  /** Made of drawn data in place of the real ones: no verdict rests on it. */
  readonly standIn: boolean;
}

/** What was measured of one metric: the numbers that tables show, tests compare and claims are judged on. */
export interface Measurements<
  Cell extends MeasuredCell = MeasuredCell,
  Column extends MeasuredColumn = MeasuredColumn,
> {
  readonly preset: string;
  readonly numerics: number;
  readonly columns: readonly Column[];
  /** A cell per column, by method. */
  readonly rows: ReadonlyMap<string, readonly Cell[]>;
}

export const EMPTY_CELL: MeasuredCell = { values: new Map(), runs: [], incomplete: "not run" };

/** A cell's mean; undefined of nothing. */
export const meanOf = ({ values, summary }: MeasuredCell): number | undefined =>
  summary?.mean ?? meanIfAny([...values.values()]);

export const meansOf = (rows: Measurements["rows"]): Means =>
  new Map([...rows].map(([method, cells]) => [method, cells.map(meanOf)]));

/** The cells of some methods in some columns; methods without a row are left out. */
export const cellsAt = (
  rows: Measurements["rows"],
  methods: readonly string[],
  places: readonly number[],
): Map<string, MeasuredCell[]> =>
  new Map(
    methods.flatMap((method) => {
      const cells = rows.get(method);
      return cells === undefined ? [] : [[method, places.map((i) => cells[i]!)] as const];
    }),
  );
