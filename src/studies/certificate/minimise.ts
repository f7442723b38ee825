import { InverseHessian } from "../../core/linear/lbfgs.js";
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
 *  Source: Nocedal & Wright, Numerical Optimization, 2006, Algorithm 7.5. */
export async function minimise(
  f: SmoothFunction,
  start: Float64Array,
  { gradientNorm, most }: { readonly gradientNorm: number; readonly most: number },
  pause: () => Promise<void> = () => Promise.resolve(),
): Promise<Minimum> {
  let x = start.slice();
  let gradient = new Float64Array(x.length);
  let value = f(x, gradient);
  const inverseHessian = new InverseHessian(MEMORY, "reciprocal");
  for (let evaluations = 1; evaluations < most;) {
    const norm = Math.sqrt(dot(gradient, gradient));
    if (norm <= gradientNorm) return { x, value, gradientNorm: norm, evaluations };
    const direction = inverseHessian.times(gradient).map((entry) => -entry);
    const slope = dot(gradient, direction);
    let step = inverseHessian.empty ? Math.min(1, 1 / norm) : 1;
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
    if (curvature > 0) inverseHessian.learn({ s, y, curvature });
    [x, gradient, value] = [next, after, found];
    await pause();
  }
  throw new Error(`|gradient| ${Math.sqrt(dot(gradient, gradient))} after ${most} evaluations`);
}
