import { meanDifference, spreadOf, type Pairs } from "./pairs.js";
import { signedRanks } from "./wilcoxon.js";

/** Cohen's d of pairs, d_z = d̄ / s_d, d = a − b. Undefined for fewer than two pairs, without spread, or with infinite values. */
export function cohenDz(pairs: Pairs): number | undefined {
  const spread = spreadOf(pairs);
  return spread === undefined || spread === 0 ? undefined : meanDifference(pairs)! / spread;
}

/** Rank-biserial correlation of matched pairs: (R₊ − R₋) / (R₊ + R₋) of Wilcoxon's rank sums, −1 to 1; infinite values rank
 *  by what they are. Undefined where no pair differs. Source: Kerby 2014. */
export function rankBiserial(pairs: Pairs): number | undefined {
  const signed = signedRanks(pairs);
  if (signed.length === 0) return undefined;
  const total = signed.reduce((sum, rank) => sum + Math.abs(rank), 0);
  return signed.reduce((sum, rank) => sum + rank, 0) / total;
}
