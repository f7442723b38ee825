import { counted } from "../../core/wording.js";

/** What a test asks: whether the first is greater than the second, less, or either. */
export type Alternative = "two-sided" | "greater" | "less";

/** What a test came to. */
export interface TestResult {
  /** In words, like "paired t test". */
  readonly test: string;
  /** Pairs, or values of both groups. */
  readonly n: number;
  /** Absent, and `p` with it, where the test is not defined. */
  readonly statistic?: number;
  /** Between 0 and 1. */
  readonly p?: number;
  /** Why the test is not defined for these values, in words. */
  readonly undefinedBecause?: string;
}

/** Fewer pairs than this tell nothing: flipping the signs of four cannot reach 5 %. */
export const FEWEST_PAIRS = 5;

/** A test that is not made. */
export const tooFewPairs = (test: string, n: number): TestResult => ({
  test,
  n,
  undefinedBecause: `${counted(n, "pair")} can't tell, ${FEWEST_PAIRS} are the fewest that can`,
});

/** A p-value from the probabilities of a result at least as high, and at least as low, as the one seen. */
export function pValue(atLeast: number, atMost: number, alternative: Alternative): number {
  const p = { greater: atLeast, less: atMost, "two-sided": 2 * Math.min(atLeast, atMost) }[alternative];
  return Math.min(1, Math.max(0, p));
}

/** Logarithms of values that are positive, or infinite: a diverged run stays infinite. */
export const logarithms = (values: readonly number[]): number[] => values.map(Math.log);
