import { diagonalOf, minimiser, type QuadraticTask } from "../quadratic/problem.js";

/** θ_1 − θ* of a task whose Q is diagonal. */
export function startingError(task: QuadraticTask): Float64Array {
  const optimum = minimiser(diagonalOf(task)!, task.b);
  return task.start.map((entry, i) => entry - optimum[i]!);
}

/** B_M(θ*||θ_1) = ½ Σ m_i e_i², e = θ_1 − θ*. */
export const divergence = (error: Float64Array, m: ArrayLike<number>): number =>
  error.reduce((sum, entry, i) => sum + 0.5 * m[i]! * entry * entry, 0);

/** f(θ̄) − f(θ*) of the mean θ̄ of θ_1 … θ_T under θ ← θ − ηg/m, without iterating: with x = ηh/m, h = 2q,
 *  θ̄ − θ* = e (1 − (1 − x)ᵀ)/(Tx) per coordinate, and f(θ) − f(θ*) = Σ q_i (θ_i − θ*_i)².
 *  Steps that are too long for the theorem make it large, never no number. */
export function averagedSuboptimality(task: QuadraticTask, m: ArrayLike<number>, eta: number, steps: number): number {
  const q = diagonalOf(task)!;
  return startingError(task).reduce((sum, error, i) => {
    const x = (2 * eta * q[i]!) / m[i]!;
    // For short steps without cancellation.
    const share = x < 1 ? -Math.expm1(steps * Math.log1p(-x)) : 1 - (1 - x) ** steps;
    const left = (error * share) / (steps * x);
    return sum + q[i]! * left * left;
  }, 0);
}
