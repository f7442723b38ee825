import { namedStream } from "../../core/rng.js";
import { differences, pValue, type Alternative, type TestResult } from "./test-result.js";
import { signedRanks } from "./wilcoxon.js";

/** Most pairs whose 2ⁿ sign patterns are all gone through. */
const MOST_EXACT = 20;
/** Patterns that are drawn of more pairs. */
const DRAWS = 99_999;

/** Paired permutation test: under the hypothesis of no difference every d = a − b is as likely as −d. p is the share of
 *  sign patterns whose sum reaches the one seen; that itself counts. All 2ⁿ patterns for up to 20 pairs; above, 99,999 are
 *  drawn from a seeded stream, and p = (reached + 1) / (drawn + 1). With an infinite difference a sum says nothing, and the
 *  signed ranks of the differences are flipped instead. Not defined where no pair differs.
 *  Source: scipy.stats.permutation_test(permutation_type="samples"); Phipson and Smyth 2010 for the + 1.
 *  @returns the mean of what is flipped as the statistic. */
export function signFlip(a: readonly number[], b: readonly number[], alternative: Alternative, seed = 0): TestResult {
  const d = differences(a, b);
  const finite = d.every(Number.isFinite);
  const flipped = finite ? d.filter((one) => one !== 0) : signedRanks(d);
  const what = finite ? "sign-flip permutation test" : "sign-flip permutation test on signed ranks";
  if (flipped.length === 0) return { test: what, n: d.length, undefinedBecause: "no pair differs" };
  const exact = flipped.length <= MOST_EXACT;
  const [atLeast, atMost] = exact ? everyPattern(flipped) : drawnPatterns(flipped, seed);
  const statistic = flipped.reduce((sum, one) => sum + one, 0) / d.length;
  const test = exact ? what : `${what} (${DRAWS} drawn)`;
  return { test, n: d.length, statistic, p: pValue(atLeast, atMost, alternative) };
}

/** Sums that differ by rounding alone are equal. */
const slack = (d: readonly number[]): number => 1e-12 * d.reduce((sum, one) => sum + Math.abs(one), 0);
const seenSum = (d: readonly number[]): number => d.reduce((sum, one) => sum + one, 0);

/** Shares of all patterns with a sum at least, and at most, the one seen; in Gray code's order, one sign a step. */
function everyPattern(d: readonly number[]): [number, number] {
  const [seen, near] = [seenSum(d), slack(d)];
  const signs = d.map(() => 1);
  const patterns = 2 ** d.length;
  let sum = seen;
  let [high, low] = [1, 1];
  for (let pattern = 1; pattern < patterns; pattern++) {
    const changed = 31 - Math.clz32(pattern & -pattern);
    signs[changed]! *= -1;
    sum += 2 * signs[changed]! * d[changed]!;
    if (sum >= seen - near) high++;
    if (sum <= seen + near) low++;
  }
  return [high / patterns, low / patterns];
}

function drawnPatterns(d: readonly number[], seed: number): [number, number] {
  const [seen, near] = [seenSum(d), slack(d)];
  const uniform = namedStream(seed, "sign-flip", d.length);
  const tables = Array.from({ length: Math.ceil(d.length / 8) }, (_none, i) => signedSums(d.slice(8 * i, 8 * i + 8)));
  let [high, low] = [1, 1];
  for (let draw = 0; draw < DRAWS; draw++) {
    let [sum, bits] = [0, 0];
    for (let i = 0; i < tables.length; i++) {
      bits = i % 4 === 0 ? (uniform() * 2 ** 32) >>> 0 : bits >>> 8;
      sum += tables[i]![bits & 255]!;
    }
    if (sum >= seen - near) high++;
    if (sum <= seen + near) low++;
  }
  return [high / (DRAWS + 1), low / (DRAWS + 1)];
}

/** Sums of up to eight differences under every pattern of signs, by the pattern's bits: a draw of many pairs then takes a
 *  random byte for eight of them. */
const signedSums = (d: readonly number[]): number[] =>
  Array.from({ length: 256 }, (_none, bits) => d.reduce((sum, one, i) => sum + ((bits >> i) & 1 ? -one : one), 0));
