import { averageRanks, comparable, isWhole, rowsOf, type Matrix } from "../statistics/matrix.js";
import { order } from "../../core/noise.js";
import type { Predicate } from "./paper-results.js";

/** Whether a claim holds for some means. */
export interface Truth {
  /** Undefined where the values that are known do not tell. */
  readonly holds: boolean | undefined;
  /** Whether a value that the claim speaks of is unknown. */
  readonly incomplete: boolean;
  /** Columns in which it holds. */
  readonly share?: { readonly held: number; readonly of: number };
  /** What was found, in words, like "average rank 2". */
  readonly found?: string;
}

/** Predicates on one matrix of means. */
export type MatrixPredicate = Exclude<Predicate, { kind: "overfit" | "coverage" }>;

const UNKNOWN: Truth = { holds: undefined, incomplete: true };

/** Decides a predicate. Columns in which the method, or all of those it is compared with, are unknown do not count.
 *  Ties, rounding aside, fail. @param means of exactly the methods that are compared. */
export function truthOf(predicate: MatrixPredicate, means: Matrix): Truth {
  switch (predicate.kind) {
    case "best":
      return everyColumn(
        means,
        (value, others) => others.every((other) => isBetter(means, value, other)),
        predicate.method,
      );
    case "worst":
      return everyColumn(
        means,
        (value, others) => others.every((other) => isBetter(means, other, value)),
        predicate.method,
      );
    case "rank":
      return rank(predicate, means);
    case "less":
      return less(predicate, means);
    case "ratio":
      return ratio(predicate, means);
  }
}

const isBetter = ({ higherIsBetter }: Matrix, a: number, b: number): boolean => (higherIsBetter ? a > b : a < b);

function everyColumn(
  measured: Matrix,
  holdsIn: (value: number, others: readonly number[]) => boolean,
  method: string,
): Truth {
  const means = comparable(measured);
  const others = [...means.rows].flatMap(([id, row]) => (id === method ? [] : [row]));
  const judged = means.columns.flatMap((_column, i) => {
    const value = means.rows.get(method)?.[i];
    const known = others.flatMap((row) => row[i] ?? []);
    return value === undefined || known.length === 0 ? [] : [holdsIn(value, known)];
  });
  return ofColumns(judged, !isWhole(means));
}

/** Holds when it does in every column that was judged. */
function ofColumns(judged: readonly boolean[], incomplete: boolean): Truth {
  if (judged.length === 0) return UNKNOWN;
  const held = judged.filter(Boolean).length;
  return { holds: held === judged.length, incomplete, share: { held, of: judged.length } };
}

/** The k-th smallest average rank, with none equal to it. */
function rank({ method, equals, first }: MatrixPredicate & { kind: "rank" }, means: Matrix): Truth {
  const ranks = averageRanks(means);
  const own = ranks?.get(method);
  if (ranks === undefined || own === undefined || ranks.size < 2) return UNKNOWN;
  const { place, tied } = placeOf(ranks, method);
  const firstIs = first === undefined || [...ranks.values()].every((one) => one >= ranks.get(first)!);
  return {
    holds: place === equals && !tied && firstIs,
    incomplete: false,
    found: `average rank ${round(own)}, ${tied ? "tied at place" : "place"} ${place} of ${ranks.size}`,
  };
}

/** A method's place by average rank, 1 for the lowest, and whether another has the same average rank. */
export function placeOf(ranks: ReadonlyMap<string, number>, method: string): { place: number; tied: boolean } {
  const own = ranks.get(method)!;
  const all = [...ranks.values()];
  return { place: 1 + all.filter((one) => one < own).length, tied: all.filter((one) => one === own).length > 1 };
}

/** a below every b, in every column. */
function less({ a, b }: MatrixPredicate & { kind: "less" }, measured: Matrix): Truth {
  const means = comparable(measured);
  const [low, high] = [rowsOf(means, a), rowsOf(means, b)];
  if (low.rows.size < a.length || high.rows.size < b.length) return UNKNOWN;
  const judged = means.columns.flatMap((_column, i) => {
    const [x, y] = [low, high].map(({ rows }) => [...rows.values()].map((row) => row[i])) as [Column, Column];
    if (x.includes(undefined) || y.includes(undefined)) return [];
    return [x.every((one) => y.every((other) => one! < other!))];
  });
  return ofColumns(judged, !isWhole(low) || !isWhole(high));
}
type Column = (number | undefined)[];

function ratio({ a, b, at_least, at_most }: MatrixPredicate & { kind: "ratio" }, means: Matrix): Truth {
  const [x, y] = [means.rows.get(a)?.[0], means.rows.get(b)?.[0]];
  if (x === undefined || y === undefined) return UNKNOWN;
  const found = x / y;
  return {
    holds:
      (at_least === undefined || order(found, at_least) >= 0) && (at_most === undefined || order(found, at_most) <= 0),
    incomplete: false,
    found: `ratio ${round(found)}`,
  };
}

/** A method meta-overfits where its mean over the baseline's is at most 1 on every meta-train set and above 1 on every
 *  meta-test set. A side without values is unknown. */
export function overfits(method: string, baseline: string, metaTrain: Matrix, metaTest: Matrix): Truth {
  const ratios = (means: Matrix): (number | undefined)[] =>
    means.columns.map((_column, i) => {
      const [x, y] = [means.rows.get(method)?.[i], means.rows.get(baseline)?.[i]];
      return x === undefined || y === undefined ? undefined : x / y;
    });
  const sides = [
    ...ratios(metaTrain).map((one) => (one === undefined ? undefined : order(one, 1) <= 0)),
    ...ratios(metaTest).map((one) => (one === undefined ? undefined : order(one, 1) > 0)),
  ];
  const judged = sides.filter((one): one is boolean => one !== undefined);
  const incomplete = metaTrain.columns.length === 0 || metaTest.columns.length === 0 || sides.includes(undefined);
  return ofColumns(judged, incomplete);
}

const round = (value: number): string => String(Number(value.toPrecision(4)));
