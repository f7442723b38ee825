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

/** A p-value from the probabilities of a result at least as high, and at least as low, as the one seen. */
export function pValue(atLeast: number, atMost: number, alternative: Alternative): number {
  const p = { greater: atLeast, less: atMost, "two-sided": 2 * Math.min(atLeast, atMost) }[alternative];
  return Math.min(1, Math.max(0, p));
}

/** Differences a − b of pairs; two equal infinities (both diverged) differ by nothing. */
export function differences(a: readonly number[], b: readonly number[]): number[] {
  if (a.length !== b.length) throw new RangeError(`${a.length} values cannot be paired with ${b.length}`);
  return a.map((value, i) => (value === b[i] ? 0 : value - b[i]!));
}

/** Logarithms of values that are positive, or infinite: a diverged run stays infinite. */
export const logarithms = (values: readonly number[]): number[] => values.map(Math.log);
