import { regularisedBeta, upperGamma, whereFalls } from "./special.js";

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
