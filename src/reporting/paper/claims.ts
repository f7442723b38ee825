import { averageRanks, comparable, widthOf, type Means } from "../statistics/means.js";
import { order } from "../../core/noise.js";
import { isHigherBetter, type Predicate } from "./paper-results.js";

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

/** Predicates on the means of one metric. */
export type MeansPredicate = Exclude<Predicate, { kind: "overfit" | "coverage" }>;

const UNKNOWN: Truth = { holds: undefined, incomplete: true };

/** Decides a predicate. Columns in which the method, or all of those it is compared with, are unknown do not count.
 *  Ties, rounding aside, fail. @param means of exactly the methods that are compared. */
export function truthOf(predicate: MeansPredicate, means: Means): Truth {
  const isBetter = (a: number, b: number): boolean => (isHigherBetter(predicate.metric) ? a > b : a < b);
  switch (predicate.kind) {
    case "best":
      return everyColumn(means, predicate.method, isBetter);
    case "worst":
      return everyColumn(means, predicate.method, (value, other) => isBetter(other, value));
    case "rank":
      return rank(predicate, means);
    case "less":
      return less(predicate, means);
    case "ratio":
      return ratio(predicate, means);
  }
}

/** Whether a method's mean stands so to every other one. */
function everyColumn(measured: Means, method: string, holds: (value: number, other: number) => boolean): Truth {
  const means = comparable(measured);
  const others = [...means].flatMap(([id, row]) => (id === method ? [] : [row]));
  const judged = Array.from({ length: widthOf(means) }, (_none, i) => {
    const value = means.get(method)?.[i];
    const known = others.flatMap((row) => row[i] ?? []);
    return value === undefined || known.length === 0 ? [] : [known.every((other) => holds(value, other))];
  });
  return ofColumns(judged.flat(), !isWhole(means));
}

/** Whether every value is known. */
const isWhole = (means: Means): boolean => [...means.values()].flat().every((value) => value !== undefined);

/** Holds when it does in every column that was judged. */
function ofColumns(judged: readonly boolean[], incomplete: boolean): Truth {
  if (judged.length === 0) return UNKNOWN;
  const held = judged.filter(Boolean).length;
  return { holds: held === judged.length, incomplete, share: { held, of: judged.length } };
}

/** The k-th smallest average rank, with none equal to it. */
function rank({ method, metric, equals, first }: MeansPredicate & { kind: "rank" }, means: Means): Truth {
  const ranks = averageRanks(means, isHigherBetter(metric));
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
function less({ a, b }: MeansPredicate & { kind: "less" }, measured: Means): Truth {
  const means = comparable(measured);
  if (![...a, ...b].every((method) => means.has(method))) return UNKNOWN;
  const judged = Array.from({ length: widthOf(means) }, (_none, i) => {
    const [low, high] = [a, b].map((methods) => methods.flatMap((method) => means.get(method)![i] ?? [])) as [
      number[],
      number[],
    ];
    if (low.length < a.length || high.length < b.length) return undefined;
    return low.every((one) => high.every((other) => one < other));
  });
  return ofColumns(
    judged.filter((one) => one !== undefined),
    judged.includes(undefined),
  );
}

function ratio({ a, b, at_least, at_most }: MeansPredicate & { kind: "ratio" }, means: Means): Truth {
  const [x, y] = [means.get(a)?.[0], means.get(b)?.[0]];
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
export function overfits(method: string, baseline: string, metaTrain: Means, metaTest: Means): Truth {
  const ratios = (means: Means): (number | undefined)[] =>
    Array.from({ length: widthOf(means) }, (_none, i) => {
      const [x, y] = [means.get(method)?.[i], means.get(baseline)?.[i]];
      return x === undefined || y === undefined ? undefined : x / y;
    });
  const sides = [
    ...ratios(metaTrain).map((one) => (one === undefined ? undefined : order(one, 1) <= 0)),
    ...ratios(metaTest).map((one) => (one === undefined ? undefined : order(one, 1) > 0)),
  ];
  const judged = sides.filter((one): one is boolean => one !== undefined);
  const incomplete = widthOf(metaTrain) === 0 || widthOf(metaTest) === 0 || sides.includes(undefined);
  return ofColumns(judged, incomplete);
}

const round = (value: number): string => String(Number(value.toPrecision(4)));
