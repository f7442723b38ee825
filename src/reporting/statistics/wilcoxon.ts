import { normalTail } from "./distributions.js";
import type { Pairs } from "./pairs.js";
import { ranks } from "./ranks.js";
import { pValue, type Alternative, type TestResult } from "./test-result.js";

/** Most pairs that differ of which the exact distribution is counted. */
const MOST_EXACT = 50;

/** Signed ranks of differences: those of 0 are left out, then |d| is ranked, ties sharing the mean rank. */
export function signedRanks({ comparable }: Pairs): number[] {
  const differing = comparable.filter((one) => one !== 0);
  return ranks(differing.map(Math.abs)).map((rank, i) => rank * Math.sign(differing[i]!));
}

/** Wilcoxon's signed-rank test of pairs; the statistic is the sum of the ranks of a > b, for two sides the smaller of the
 *  two sums. Pairs that are equal are left out (Wilcoxon's own way). Exact for up to 50 others, also with ties; above that
 *  the normal approximation with correction for ties, none for continuity. Infinite values rank by what they are, so that a
 *  diverged run is the farthest apart. Not defined where no pair differs.
 *  Source: scipy.stats.wilcoxon(zero_method="wilcox"), which approximates with ties from 14 pairs on. */
export function wilcoxon(pairs: Pairs, alternative: Alternative): TestResult {
  const signed = signedRanks(pairs);
  const n = signed.length;
  const exact = n <= MOST_EXACT;
  const head = {
    test: `Wilcoxon signed-rank test${exact ? "" : " (normal approximation)"}`,
    n: pairs.differences.length,
  };
  if (n === 0) return { ...head, undefinedBecause: "no pair differs" };
  const plus = signed.reduce((sum, rank) => sum + Math.max(0, rank), 0);
  const minus = (n * (n + 1)) / 2 - plus;
  const statistic = alternative === "two-sided" ? Math.min(plus, minus) : plus;
  const [atLeast, atMost] = exact ? exactTails(signed, plus) : normalTails(signed, plus);
  return { ...head, statistic, p: pValue(atLeast, atMost, alternative) };
}

/** P(W ≥ w) and P(W ≤ w) when every sign is as likely as the other: the sums are counted in halves, since ties have
 *  half ranks. */
function exactTails(signed: readonly number[], w: number): [number, number] {
  const halves = signed.map((rank) => Math.round(2 * Math.abs(rank)));
  const total = halves.reduce((sum, half) => sum + half, 0);
  const share = new Float64Array(total + 1);
  share[0] = 1;
  for (const half of halves)
    for (let sum = total; sum >= 0; sum--) share[sum] = (share[sum]! + (sum >= half ? share[sum - half]! : 0)) / 2;
  const seen = Math.round(2 * w);
  const added = (from: number, to: number): number => share.subarray(from, to).reduce((sum, one) => sum + one, 0);
  return [added(seen, total + 1), added(0, seen + 1)];
}

/** z = (W − n(n+1)/4) / √(Σ rank² / 4); the sum of squared ranks holds the correction for ties. */
function normalTails(signed: readonly number[], w: number): [number, number] {
  const n = signed.length;
  const variance = signed.reduce((sum, rank) => sum + rank ** 2, 0) / 4;
  const z = (w - (n * (n + 1)) / 4) / Math.sqrt(variance);
  return [normalTail(z), normalTail(-z)];
}
