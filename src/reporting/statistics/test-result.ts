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

/** Logarithms of values that are positive, or infinite: a diverged run stays infinite. */
export const logarithms = (values: readonly number[]): number[] => values.map(Math.log);

/** Holm's step-down correction of p-values for several tests: the i-th smallest of m times m − i + 1, never below a
 *  smaller one's, at most 1. In the order given; what is undefined stays so and counts as no test.
 *  Source: Holm 1979. */
export function holm(p: readonly (number | undefined)[]): (number | undefined)[] {
  const order = p.flatMap((one, i) => (one === undefined ? [] : [{ one, i }])).sort((a, b) => a.one - b.one);
  const corrected: (number | undefined)[] = p.map(() => undefined);
  let least = 0;
  order.forEach(({ one, i }, place) => {
    least = Math.max(least, Math.min(1, one * (order.length - place)));
    corrected[i] = least;
  });
  return corrected;
}
