import { namedStream } from "../../core/rng.js";
import type { Pairs } from "./pairs.js";
import { pValue, type Alternative, type TestResult } from "./test-result.js";
import { signedRanks } from "./wilcoxon.js";

/** Most pairs whose 2ⁿ sign patterns are all gone through. */
const MOST_EXACT = 20;
/** Patterns that are drawn of more pairs. */
const DRAWS = 99_999;

/** Paired permutation test: under the hypothesis of no difference every d = a − b is as likely as −d. p is the share of
 *  sign patterns whose sum reaches the one seen, rounding aside; that itself counts. All 2ⁿ patterns for up to 20 pairs;
 *  above, 99,999 are drawn from a seeded stream, and p = (reached + 1) / (drawn + 1). With an infinite difference a sum says
 *  nothing, and the signed ranks of the differences are flipped instead. Not defined where no pair differs.
 *  Source: scipy.stats.permutation_test(permutation_type="samples"); Phipson and Smyth 2010 for the + 1.
 *  @returns the mean of what is flipped as the statistic. */
export function signFlip(pairs: Pairs, alternative: Alternative, seed = 0): TestResult {
  const { differences: d, comparable } = pairs;
  const finite = d.every(Number.isFinite);
  const flipped = finite ? d.filter((_one, i) => comparable[i] !== 0) : signedRanks(pairs);
  const noise = finite ? pairs.noise : 0;
  const what = finite ? "sign-flip permutation test" : "sign-flip permutation test on signed ranks";
  if (flipped.length === 0) return { test: what, n: d.length, undefinedBecause: "no pair differs" };
  const exact = flipped.length <= MOST_EXACT;
  const [atLeast, atMost] = exact ? everyPattern(flipped, noise) : drawnPatterns(flipped, noise, seed);
  const statistic = flipped.reduce((sum, one) => sum + one, 0) / d.length;
  const test = exact ? what : `${what} (${DRAWS} drawn)`;
  return { test, n: d.length, statistic, p: pValue(atLeast, atMost, alternative) };
}

/** Shares of all patterns with a sum at least, and at most, the one seen. */
function everyPattern(d: readonly number[], noise: number): [number, number] {
  const [seen, tables] = [seenSum(d), signedSums(d)];
  const patterns = 2 ** d.length;
  let [high, low] = [1, 1];
  for (let pattern = 1; pattern < patterns; pattern++) {
    let sum = 0;
    for (let i = 0; i < tables.length; i++) sum += tables[i]![(pattern >> (8 * i)) & 255]!;
    if (sum >= seen - noise) high++;
    if (sum <= seen + noise) low++;
  }
  return [high / patterns, low / patterns];
}

function drawnPatterns(d: readonly number[], noise: number, seed: number): [number, number] {
  const [seen, tables] = [seenSum(d), signedSums(d)];
  const uniform = namedStream(seed, "sign-flip", d.length);
  let [high, low] = [1, 1];
  for (let draw = 0; draw < DRAWS; draw++) {
    let [sum, bits] = [0, 0];
    for (let i = 0; i < tables.length; i++) {
      bits = i % 4 === 0 ? (uniform() * 2 ** 32) >>> 0 : bits >>> 8;
      sum += tables[i]![bits & 255]!;
    }
    if (sum >= seen - noise) high++;
    if (sum <= seen + noise) low++;
  }
  return [high / (DRAWS + 1), low / (DRAWS + 1)];
}

const seenSum = (d: readonly number[]): number => d.reduce((sum, one) => sum + one, 0);

/** Of every eight differences their sums under all patterns of signs, by the pattern's bits: a byte of a pattern then stands
 *  for eight signs, and no sum is of more than a few rounded ones. */
const signedSums = (d: readonly number[]): number[][] =>
  Array.from({ length: Math.ceil(d.length / 8) }, (_none, i) =>
    Array.from({ length: 256 }, (_one, bits) =>
      d.slice(8 * i, 8 * i + 8).reduce((sum, one, k) => sum + ((bits >> k) & 1 ? -one : one), 0),
    ),
  );
