import { tTail } from "./distributions.js";
import { meanDifference, spreadOf, type Pairs } from "./pairs.js";
import { pValue, type Alternative, type TestResult } from "./test-result.js";

/** Student's paired t test: t = d̄ / (s_d / √n) with n − 1 degrees of freedom, d = a − b.
 *  Not defined for fewer than two pairs, without spread, or with infinite values.
 *  Source: scipy.stats.ttest_rel. */
export function pairedT(pairs: Pairs, alternative: Alternative): TestResult {
  const n = pairs.differences.length;
  const spread = spreadOf(pairs);
  const head = { test: "paired t test", n };
  if (n < 2) return { ...head, undefinedBecause: "fewer than two pairs" };
  if (!pairs.finite) return { ...head, undefinedBecause: "a value is not finite" };
  if (spread === 0) return { ...head, undefinedBecause: "all differences are equal" };
  const statistic = meanDifference(pairs)! / (spread! / Math.sqrt(n));
  return { ...head, statistic, p: tP(statistic, n - 1, alternative) };
}

/** Mean and spread of a group, and how many values it has. */
export interface Group {
  readonly mean: number;
  readonly std: number;
  readonly n: number;
}

const notDefined = (n: number, undefinedBecause: string): TestResult => ({
  test: "Welch's t test",
  n,
  undefinedBecause,
});

/** Welch's t test of two groups of unequal spread, of which means and spreads are known: t = (ā − b̄) / √(s_a²/n_a +
 *  s_b²/n_b), with Welch and Satterthwaite's degrees of freedom. Not defined for fewer than two values a group, without any
 *  spread, or with infinite values. Source: scipy.stats.ttest_ind(equal_var=False). */
export function welchOfGroups(a: Group, b: Group, alternative: Alternative): TestResult {
  const n = a.n + b.n;
  if (Math.min(a.n, b.n) < 2) return notDefined(n, "fewer than two values in a group");
  const [va, vb] = [a.std ** 2 / a.n, b.std ** 2 / b.n];
  if (!Number.isFinite(a.mean - b.mean + va + vb)) return notDefined(n, "a value is not finite");
  if (va + vb === 0) return notDefined(n, "neither group has any spread");
  const statistic = (a.mean - b.mean) / Math.sqrt(va + vb);
  const df = (va + vb) ** 2 / (va ** 2 / (a.n - 1) + vb ** 2 / (b.n - 1));
  return { test: "Welch's t test", n, statistic, p: tP(statistic, df, alternative) };
}

const tP = (t: number, df: number, alternative: Alternative): number =>
  pValue(tTail(t, df), tTail(-t, df), alternative);
