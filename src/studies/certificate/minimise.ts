import { dot } from "../../core/linear/vectors.js";

/** A smooth function: returns its value at x and writes its gradient. */
export type SmoothFunction = (x: Float64Array, gradient: Float64Array) => number;

export interface Minimum {
  readonly x: Float64Array;
  readonly value: number;
  readonly gradientNorm: number;
  readonly evaluations: number;
}

/** Pairs of steps and changes of the gradient that stand for the inverse Hessian. */
const MEMORY = 20;
/** Share of the expected decrease that a step must bring. */
const ARMIJO = 1e-4;

/** Minimises a convex function by L-BFGS with backtracking until |∇f| ≤ gradientNorm.
 *  @param pause called after every step. @throws Error when no step brings it further, or after `most` evaluations.
 *  Source: Nocedal & Wright, Numerical Optimization, Algorithms 7.4 and 7.5. */
export async function minimise(
  f: SmoothFunction,
  start: Float64Array,
  { gradientNorm, most }: { readonly gradientNorm: number; readonly most: number },
  pause: () => Promise<void> = () => Promise.resolve(),
): Promise<Minimum> {
  let x = start.slice();
  let gradient = new Float64Array(x.length);
  let value = f(x, gradient);
  const pairs: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  for (let evaluations = 1; evaluations < most;) {
    const norm = Math.sqrt(dot(gradient, gradient));
    if (norm <= gradientNorm) return { x, value, gradientNorm: norm, evaluations };
    const direction = twoLoop(gradient, pairs);
    const slope = dot(gradient, direction);
    let step = pairs.length === 0 ? Math.min(1, 1 / norm) : 1;
    const next = new Float64Array(x.length);
    const after = new Float64Array(x.length);
    let found: number;
    for (;;) {
      for (let i = 0; i < x.length; i++) next[i] = x[i]! + step * direction[i]!;
      found = f(next, after);
      evaluations++;
      if (found <= value + ARMIJO * step * slope) break;
      step /= 2;
      if (step < 1e-12) throw new Error(`no step brings the function further at |gradient| ${norm}`);
    }
    const s = next.map((entry, i) => entry - x[i]!);
    const y = after.map((entry, i) => entry - gradient[i]!);
    const curvature = dot(s, y);
    if (curvature > 0) pairs.push({ s, y, rho: 1 / curvature });
    if (pairs.length > MEMORY) pairs.shift();
    [x, gradient, value] = [next, after, found];
    await pause();
  }
  throw new Error(`|gradient| ${Math.sqrt(dot(gradient, gradient))} after ${most} evaluations`);
}

/** −H⁻¹g by the two-loop recursion. */
function twoLoop(
  gradient: Float64Array,
  pairs: readonly { readonly s: Float64Array; readonly y: Float64Array; readonly rho: number }[],
): Float64Array {
  const d = gradient.map((entry) => -entry);
  const alphas: number[] = [];
  for (const { s, y, rho } of [...pairs].reverse()) {
    const alpha = rho * dot(s, d);
    alphas.push(alpha);
    for (let i = 0; i < d.length; i++) d[i]! -= alpha * y[i]!;
  }
  const last = pairs.at(-1);
  if (last !== undefined) {
    const scale = 1 / (last.rho * dot(last.y, last.y));
    for (let i = 0; i < d.length; i++) d[i]! *= scale;
  }
  for (const { s, y, rho } of pairs) {
    const beta = alphas.pop()! - rho * dot(y, d);
    for (let i = 0; i < d.length; i++) d[i]! += beta * s[i]!;
  }
  return d;
}
