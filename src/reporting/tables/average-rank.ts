import { meanIfAny } from "../../core/averages.js";
import { ranks } from "../statistics/ranks.js";

/** Mean rank of every method over the datasets: 1 for the best, ties share the mean rank, what diverged comes last.
 *  A dataset on which nothing was run does not count.
 *  @param byDataset a row per dataset, per method its number, or undefined where it has none.
 *  @returns undefined for a method that lacks a number which others have. */
export function averageRanks(
  byDataset: readonly (readonly (number | undefined)[])[],
  better: "higher" | "lower",
): (number | undefined)[] {
  const counted = byDataset.filter((row) => row.some((value) => value !== undefined));
  if (counted.length === 0) return (byDataset[0] ?? []).map(() => undefined);
  const all = counted.map((row) => {
    const known = ranks(row.flatMap((value) => (value === undefined ? [] : [orderOf(value, better)]))).values();
    return row.map((value) => (value === undefined ? undefined : known.next().value));
  });
  return counted[0]!.map((_first, method) => {
    const own = all.map((row) => row[method]);
    return own.every((rank) => rank !== undefined) ? meanIfAny(own) : undefined;
  });
}

/** Lower is better; Infinity is the worst either way. */
function orderOf(value: number, better: "higher" | "lower"): number {
  if (!Number.isFinite(value)) return Infinity;
  return better === "higher" ? -value : value;
}
