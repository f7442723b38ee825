import { diagonalOf, gradientInto, hessian, minimiser, type QuadraticTask } from "./problem.js";

/** How dθ_T/dm of an inner run is found: from its closed form, which needs a diagonal Hessian, or step by step. */
export const HYPERGRADIENTS = ["closed-form", "general"] as const;
export type Hypergradient = (typeof HYPERGRADIENTS)[number];

/** A preconditioned inner run θ ← θ − η g/m. */
export interface InnerSettings {
  /** η. */
  readonly learningRate: number;
  /** T. */
  readonly steps: number;
}

/** Where an inner run ended. */
export interface InnerEnd {
  /** θ_T. */
  readonly theta: Float64Array;
  /** Z = dθ_T/dm, d × d row by row. */
  readonly sensitivity: Float64Array;
  /** |∇f(θ_T)|. */
  readonly gradientNorm: number;
  readonly diverged: boolean;
}

/** An inner run is left as soon as it is so many times as far out as it began. */
const FAR = 1e8;

/** Runs T steps with the preconditioner diag(m) and differentiates their end in m (forward mode).
 *  θ_t = θ_{t−1} − η g_{t−1}/m;  Z_t = (I − η diag(1/m) H) Z_{t−1} + η diag(g_{t−1}/m²), Z_0 = 0.
 *  @param m positive. @param how absent: the closed form where Q is diagonal.
 *  @throws Error where the closed form is asked for and Q is not diagonal. */
export function innerRun(task: QuadraticTask, m: Float64Array, inner: InnerSettings, how?: Hypergradient): InnerEnd {
  const diagonal = diagonalOf(task);
  if (how === "closed-form" && diagonal === undefined) throw new Error("the closed form needs a diagonal Q");
  if (diagonal !== undefined && isUnstable(diagonal, m, inner.learningRate)) return divergedEnd(task);
  return diagonal !== undefined && how !== "general" ? closedForm(task, diagonal, m, inner) : iterated(task, m, inner);
}

/** Steps along coordinate i shrink the error while 0 < m_i and m_i > η h_i / 2, h = 2Q: below, every run diverges. */
const isUnstable = (diagonal: Float64Array, m: Float64Array, learningRate: number): boolean =>
  diagonal.some((q, i) => !(m[i]! > learningRate * q && q > 0));

const divergedEnd = ({ b: { length: d } }: QuadraticTask): InnerEnd => ({
  theta: new Float64Array(d).fill(NaN),
  sensitivity: new Float64Array(d * d).fill(NaN),
  gradientNorm: Infinity,
  diverged: true,
});

/** With r = 1 − ηh/m and e_0 = θ_1 − θ*: θ_T = θ* + rᵀ e_0 and z_T = T rᵀ⁻¹ (ηh/m²) e_0 (T in the exponent). */
function closedForm(
  { b, start }: QuadraticTask,
  diagonal: Float64Array,
  m: Float64Array,
  { learningRate, steps }: InnerSettings,
): InnerEnd {
  const d = b.length;
  const theta = minimiser(diagonal, b);
  const sensitivity = new Float64Array(d * d);
  let square = 0;
  for (let i = 0; i < d; i++) {
    const h = 2 * diagonal[i]!;
    const r = 1 - (learningRate * h) / m[i]!;
    const error = start[i]! - theta[i]!;
    sensitivity[i * (d + 1)] = ((steps * r ** (steps - 1) * learningRate * h) / m[i]! ** 2) * error;
    theta[i]! += r ** steps * error;
    square += (h * r ** steps * error) ** 2;
  }
  return { theta, sensitivity, gradientNorm: Math.sqrt(square), diverged: false };
}

function iterated(task: QuadraticTask, m: Float64Array, { learningRate, steps }: InnerSettings): InnerEnd {
  const { b, start } = task;
  const d = b.length;
  const h = hessian(task);
  const theta = start.slice();
  const g = new Float64Array(d);
  const rate = m.map((entry) => learningRate / entry);
  const bound = FAR * (1 + Math.hypot(...start));
  let z = new Float64Array(d * d);
  let next = new Float64Array(d * d);
  for (let t = 0; t < steps; t++) {
    gradientInto(h, b, theta, g);
    let moved = false;
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) {
        let product = 0;
        for (let l = 0; l < d; l++) product += h[i * d + l]! * z[l * d + j]!;
        const at = i * d + j;
        next[at] = z[at]! - rate[i]! * product + (i === j ? (rate[i]! * g[i]!) / m[i]! : 0);
        moved ||= next[at] !== z[at];
      }
    }
    for (let i = 0; i < d; i++) {
      const before = theta[i]!;
      theta[i] = before - rate[i]! * g[i]!;
      moved ||= theta[i] !== before;
    }
    [z, next] = [next, z];
    if (!theta.every((entry) => Math.abs(entry) < bound)) return divergedEnd(task);
    if (!moved) break; // converged to the last bit: all later steps are the same
  }
  gradientInto(h, b, theta, g);
  return { theta, sensitivity: z, gradientNorm: Math.hypot(...g), diverged: false };
}
