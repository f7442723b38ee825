import { InverseHessian } from "../core/linear/lbfgs.js";
import { dot } from "../core/linear/vectors.js";

/** A function's value and gradient; undefined where it has none. */
export type Objective = (x: readonly number[]) => { value: number; gradient: readonly number[] } | undefined;

/** Lowest and highest value of every variable. */
export interface Bounds {
  readonly low: readonly number[];
  readonly high: readonly number[];
}

export interface Minimum {
  readonly x: readonly number[];
  readonly value: number;
  /** Whether the projected gradient vanishes there, or no step lowers the value any more. */
  readonly converged: boolean;
}

/** Pairs of steps and changes of the gradient that are remembered. */
const MEMORY = 10;
const ITERATIONS = 200;
/** Largest entry of the projected gradient of a minimum. */
const GRADIENT = 1e-9;
/** Relative decrease of the value below which a step is the last. */
const DECREASE = 1e-15;
const ARMIJO = 1e-4;
const HALVINGS = 40;

/** L-BFGS-B for few variables: two-loop L-BFGS on the variables that are not held at a bound, with a projected
 *  backtracking line search. Byrd et al. 1995 find the held variables by a generalised Cauchy point; here they are those
 *  at a bound whose gradient points out of it (Bertsekas 1982).
 *  @returns undefined where the objective has no value at the start. */
export function minimise(objective: Objective, start: readonly number[], bounds: Bounds): Minimum | undefined {
  const project = (x: readonly number[]): number[] =>
    x.map((value, i) => Math.min(bounds.high[i]!, Math.max(bounds.low[i]!, value)));
  let x = project(start);
  let at = finite(objective(x));
  if (at === undefined) return undefined;
  const inverseHessian = new InverseHessian(MEMORY, "quotient");
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const { value, gradient } = at;
    const free = x.map((xi, i) => (gradient[i]! > 0 ? xi > bounds.low[i]! : xi < bounds.high[i]!));
    const reduced = gradient.map((g, i) => (free[i] ? g : 0));
    if (Math.max(...reduced.map(Math.abs)) < GRADIENT) return { x, value, converged: true };
    let direction = Array.from(inverseHessian.times(reduced), (d, i) => (free[i] ? -d : 0));
    if (!(dot(direction, reduced) < 0)) {
      inverseHessian.forget();
      direction = reduced.map((g) => -g);
    }
    let length = inverseHessian.empty ? Math.min(1, 1 / Math.max(...direction.map(Math.abs))) : 1;
    let next: typeof at | undefined;
    let moved = x;
    for (let halving = 0; halving < HALVINGS; halving++, length /= 2) {
      moved = project(x.map((xi, i) => xi + length * direction[i]!));
      const step = moved.map((m, i) => m - x[i]!);
      next = finite(objective(moved));
      if (next !== undefined && next.value <= value + ARMIJO * dot(reduced, step)) break;
      next = undefined;
    }
    if (next === undefined) {
      if (inverseHessian.empty) return { x, value, converged: false };
      inverseHessian.forget();
      continue;
    }
    const s = Float64Array.from(moved, (m, i) => m - x[i]!);
    const y = Float64Array.from(next.gradient, (g, i) => g - gradient[i]!);
    const curvature = dot(s, y);
    if (curvature > 1e-12 * dot(y, y)) inverseHessian.learn({ s, y, curvature });
    x = moved;
    at = next;
    if (value - next.value <= DECREASE * Math.max(Math.abs(value), 1)) return { x, value: next.value, converged: true };
  }
  return { x, value: at.value, converged: false };
}

const finite = (at: ReturnType<Objective>): ReturnType<Objective> =>
  at !== undefined && Number.isFinite(at.value) && at.gradient.every(Number.isFinite) ? at : undefined;
