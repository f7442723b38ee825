import { normal, type Uniform } from "../../core/rng.js";

/** f(θ) = θᵀQθ − bᵀθ, without a ½, in double precision on the host: its gradient is (Q + Qᵀ)θ − b. */
export interface Quadratic {
  /** d × d, row by row. */
  readonly q: Float64Array;
  readonly b: Float64Array;
}

/** A function and where its minimisation starts. */
export interface QuadraticTask extends Quadratic {
  readonly start: Float64Array;
}

/** What tasks are drawn from; all entries are independent and Gaussian. */
export interface QuadraticFamily {
  /** Means of Q's diagonal, one per coordinate. */
  readonly curvature: readonly number[];
  /** Standard deviation of an entry of Q as a share of its mean; the absolute value is taken. */
  readonly relativeDeviation: number;
  readonly linearMean: number;
  readonly linearDeviation: number;
  /** Of the start, around 0. */
  readonly startDeviation: number;
}

/** The quadratic of a diagonal Q. @internal Exported for tests. */
export function diagonalQuadratic(q: readonly number[], b: readonly number[]): Quadratic {
  const full = new Float64Array(q.length * q.length);
  q.forEach((entry, i) => (full[i * (q.length + 1)] = entry));
  return { q: full, b: Float64Array.from(b) };
}

/** Q's diagonal, or undefined where Q has anything else. */
export function diagonalOf({ q, b: { length: d } }: Quadratic): Float64Array | undefined {
  const off = q.some((entry, at) => at % (d + 1) !== 0 && entry !== 0);
  return off ? undefined : Float64Array.from({ length: d }, (_, i) => q[i * (d + 1)]!);
}

/** Q + Qᵀ, row by row. */
export function hessian({ q, b: { length: d } }: Quadratic): Float64Array {
  return q.map((entry, at) => entry + q[(at % d) * d + Math.floor(at / d)]!);
}

/** Writes Hθ − b into `g`. @param h the Hessian, row by row. */
export function gradientInto(h: Float64Array, b: Float64Array, theta: Float64Array, g: Float64Array): void {
  const d = b.length;
  for (let i = 0; i < d; i++) {
    let sum = -b[i]!;
    for (let j = 0; j < d; j++) sum += h[i * d + j]! * theta[j]!;
    g[i] = sum;
  }
}

/** θ* = b / (2Q) of a diagonal Q. */
export const minimiser = (diagonal: Float64Array, b: Float64Array): Float64Array =>
  b.map((entry, i) => entry / (2 * diagonal[i]!));

/** Draws a task: Q's diagonal, then b, then the start. */
export function drawTask(family: QuadraticFamily, uniform: Uniform): QuadraticTask {
  const draw = normal(uniform);
  const { curvature, relativeDeviation, linearMean, linearDeviation, startDeviation } = family;
  const q = curvature.map((mean) => Math.abs(mean * (1 + relativeDeviation * draw())));
  const b = curvature.map(() => linearMean + linearDeviation * draw());
  const start = Float64Array.from(curvature, () => startDeviation * draw());
  return { ...diagonalQuadratic(q, b), start };
}
