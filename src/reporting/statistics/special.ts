/** Lanczos' coefficients for g = 7, nine terms. */
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];
const TINY = 1e-300;
const MOST_TERMS = 10_000;

/** ln Γ(x) for x > 0. Source: Lanczos 1964, relative error near 1e-15. */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const t = x + 6.5;
  const sum = LANCZOS.reduce((total, coefficient, i) => (i === 0 ? coefficient : total + coefficient / (x - 1 + i)), 0);
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

/** The regularised incomplete beta function I_x(a, b) = ∫₀ˣ u^(a−1) (1−u)^(b−1) du / B(a, b).
 *  @param x in [0, 1]; @param rest 1 − x, where the caller has it without rounding.
 *  Source: continued fraction DLMF 8.17.22. */
export function regularisedBeta(x: number, a: number, b: number, rest = 1 - x): number {
  if (x <= 0) return 0;
  if (rest <= 0) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - regularisedBeta(rest, b, a, x);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(rest));
  const numerator = (step: number): number => {
    const m = Math.floor(step / 2);
    if (step % 2 === 0) return (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    return (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
  };
  return front / (a * continuedFraction(1, numerator, () => 1));
}

/** The regularised upper incomplete gamma function Q(a, x) = ∫ₓ^∞ u^(a−1) e^(−u) du / Γ(a), a > 0, x ≥ 0.
 *  Source: series DLMF 8.7.1 below a + 1, continued fraction 8.9.2 above. */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x >= a + 1)
    return (
      front /
      continuedFraction(
        x + 1 - a,
        (i) => i * (a - i),
        (i) => x + 1 - a + 2 * i,
      )
    );
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < MOST_TERMS && term > sum * 1e-17; n++) sum += term *= x / (a + n);
  return 1 - front * sum;
}

/** first + n₁/(d₁ + n₂/(d₂ + …)), by Lentz's method. */
function continuedFraction(
  first: number,
  numerator: (i: number) => number,
  denominator: (i: number) => number,
): number {
  let value = first;
  let c = first;
  let d = 0;
  for (let i = 1; i < MOST_TERMS; i++) {
    d = 1 / (denominator(i) + numerator(i) * d || TINY);
    c = denominator(i) + numerator(i) / c || TINY;
    value *= c * d;
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  return value;
}

/** Where a falling function comes to a value, between two places: bisection to the last bit. */
export function whereFalls(f: (x: number) => number, value: number, low: number, high: number): number {
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (f(middle) > value) low = middle;
    else high = middle;
  }
}
