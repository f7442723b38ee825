import { mean, std } from "../../core/averages.js";
import { meanDifference, spreadOf, type Pairs } from "./pairs.js";
import { logGamma } from "./distributions.js";
import { signedRanks } from "./wilcoxon.js";

/** Cohen's d of pairs, d_z = d̄ / s_d, d = a − b. Undefined for fewer than two pairs, without spread, or with infinite values. */
export function cohenDz(pairs: Pairs): number | undefined {
  const spread = spreadOf(pairs);
  return spread === undefined || spread === 0 ? undefined : meanDifference(pairs)! / spread;
}

/** Hedges' g of two groups: (ā − b̄) / s_pooled times J(f) = Γ(f/2) / (√(f/2) Γ((f−1)/2)), f = n_a + n_b − 2, which takes
 *  the bias of few values away. Undefined where either has fewer than two values, without spread, or with infinite values.
 *  Source: Hedges 1981. */
export function hedgesG(a: readonly number[], b: readonly number[]): number | undefined {
  const [sa, sb] = [std(a), std(b)];
  if (sa === undefined || sb === undefined || sa + sb === 0) return undefined;
  const f = a.length + b.length - 2;
  const pooled = Math.sqrt(((a.length - 1) * sa ** 2 + (b.length - 1) * sb ** 2) / f);
  const j = Math.exp(logGamma(f / 2) - logGamma((f - 1) / 2)) / Math.sqrt(f / 2);
  return ((mean(a) - mean(b)) / pooled) * j;
}

/** Rank-biserial correlation of matched pairs: (R₊ − R₋) / (R₊ + R₋) of Wilcoxon's rank sums, −1 to 1; infinite values rank
 *  by what they are. Undefined where no pair differs. Source: Kerby 2014. */
export function rankBiserial(pairs: Pairs): number | undefined {
  const signed = signedRanks(pairs);
  if (signed.length === 0) return undefined;
  const total = signed.reduce((sum, rank) => sum + Math.abs(rank), 0);
  return signed.reduce((sum, rank) => sum + rank, 0) / total;
}
