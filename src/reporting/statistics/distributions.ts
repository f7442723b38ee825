/** P(Z > z) of the standard normal distribution. */
export function normalTail(z: number): number {
  const tail = upperGamma(0.5, (z * z) / 2) / 2;
  return z >= 0 ? tail : 1 - tail;
}

/** The z with P(Z ≤ z) = p, 0 < p < 1. */
export function normalQuantile(p: number): number {
  if (p === 0.5) return 0;
  return p > 0.5 ? whereFalls(normalTail, 1 - p, 0, 40) : -whereFalls(normalTail, p, 0, 40);
}

/** P(T > t) of Student's t distribution. @param df degrees of freedom, above 0. */
export function tTail(t: number, df: number): number {
  const whole = df + t * t;
  const tail = Number.isFinite(t) ? regularisedBeta(df / whole, df / 2, 0.5, (t * t) / whole) / 2 : 0;
  return t >= 0 ? tail : 1 - tail;
}

/** The t with P(|T| ≤ t) = level: what a confidence interval of that level is wide by. */
export function tCritical(level: number, df: number): number {
  const half = (1 - level) / 2;
  let high = 1;
  while (tTail(high, df) > half) high *= 2;
  return whereFalls((t) => tTail(t, df), half, 0, high);
}

/** P(X > x) of the chi-squared distribution. */
export const chiSquaredTail = (x: number, df: number): number => upperGamma(df / 2, x / 2);

/** P(F > f) of the F distribution. */
export function fTail(f: number, df1: number, df2: number): number {
  if (f === Infinity) return 0;
  const whole = df2 + df1 * f;
  return regularisedBeta(df2 / whole, df2 / 2, df1 / 2, (df1 * f) / whole);
}

const STEP = 1 / 16;

/** P(Q > q) of the studentised range of k groups with infinitely many degrees of freedom,
 *  1 − k ∫ φ(z) (Φ(z) − Φ(z − q))^(k−1) dz; the trapezoidal rule, which converges geometrically here.
 *  @internal Exported for tests. */
export function studentisedRangeTail(q: number, k: number): number {
  if (q <= 0) return 1;
  let inside = 0;
  for (let z = -9; z <= 9; z += STEP)
    inside += Math.exp((-z * z) / 2) * Math.max(0, normalTail(z - q) - normalTail(z)) ** (k - 1);
  return Math.max(0, 1 - (k * STEP * inside) / Math.sqrt(2 * Math.PI));
}

/** The q that the studentised range of k groups exceeds with a probability. */
export const studentisedRangeCritical = (probability: number, k: number): number =>
  whereFalls((q) => studentisedRangeTail(q, k), probability, 0, 100);

/** Lanczos' coefficients for g = 7, nine terms. */
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];
const TINY = 1e-300;
const MOST_TERMS = 10_000;

/** ln Γ(x) for x > 0. Source: Lanczos 1964, relative error near 1e-15. */
function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const t = x + 6.5;
  const sum = LANCZOS.reduce((total, coefficient, i) => (i === 0 ? coefficient : total + coefficient / (x - 1 + i)), 0);
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

/** The regularised incomplete beta function I_x(a, b) = ∫₀ˣ u^(a−1) (1−u)^(b−1) du / B(a, b).
 *  @param x in [0, 1]; @param rest 1 − x, where the caller has it without rounding.
 *  Source: continued fraction DLMF 8.17.22. */
function regularisedBeta(x: number, a: number, b: number, rest = 1 - x): number {
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
function upperGamma(a: number, x: number): number {
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
function whereFalls(f: (x: number) => number, value: number, low: number, high: number): number {
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (f(middle) > value) low = middle;
    else high = middle;
  }
}
