import { withoutNoise } from "../../core/noise.js";
import { meanRanks } from "./ranks.js";

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
