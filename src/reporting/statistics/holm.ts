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
