import { placeOf, type MatrixPredicate } from "./claims.js";
import { contrastMethods, strongest, type Contrast } from "./contrast-methods.js";
import { averageRanks, type Matrix } from "./matrix.js";
import { isHigherBetter, type MeasuredCell } from "./measured.js";
import type { Predicate } from "./paper-results.js";

/** The tests of a predicate: against the strongest rival, or of every pair. */
export function contrastsOf(
  predicate: MatrixPredicate,
  rows: ReadonlyMap<string, readonly MeasuredCell[]>,
  means: Matrix,
): Contrast[] {
  const { metric, kind } = predicate;
  const set = (a: string, b: string, claimed: Contrast["claimed"], factor?: number): Contrast[] =>
    rows.has(a) && rows.has(b) ? [contrastMethods([a, b], [rows.get(a)!, rows.get(b)!], claimed, metric, factor)] : [];
  const better = isHigherBetter(metric) ? "greater" : "less";
  const worse = better === "greater" ? "less" : "greater";
  if (kind === "less") return predicate.a.flatMap((a) => predicate.b.flatMap((b) => set(a, b, "less")));
  if (kind === "ratio") {
    const { a, b, at_least, at_most } = predicate;
    return [
      ...(at_least === undefined ? [] : set(a, b, "greater", at_least)),
      ...(at_most === undefined ? [] : set(a, b, "less", at_most)),
    ];
  }
  const { method } = predicate;
  const others = new Map([...rows].filter(([id]) => id !== method));
  if (kind === "rank") return rankContrasts(predicate, means, (a, b, wins) => set(a, b, wins ? better : worse));
  const rival = strongest(others, metric, isHigherBetter(metric) === (kind === "best"));
  return rival === undefined ? [] : set(method, rival, kind === "best" ? better : worse);
}

/** For place k, against the one behind it; where the method is further back, against the one at place k, which it should
 *  beat; where it is further ahead, against the one behind it, which should beat it. Where another than the one named is
 *  first, that one against the named one. */
function rankContrasts(
  { method, equals, first }: Predicate & { kind: "rank" },
  means: Matrix,
  set: (a: string, b: string, wins: boolean) => Contrast[],
): Contrast[] {
  const ranks = averageRanks(means)!;
  const order = [...ranks].sort(([, x], [, y]) => x - y).map(([id]) => id);
  const { place } = placeOf(ranks, method);
  if (place === equals && first !== undefined && ranks.get(order[0]!)! < ranks.get(first)!)
    return set(first, order[0]!, true);
  const rivals = order.filter((id) => id !== method);
  const rival = rivals[Math.min(place < equals ? place - 1 : equals - 1, rivals.length - 1)]!;
  return set(method, rival, place >= equals);
}
