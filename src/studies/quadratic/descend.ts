import type { DoubleRule } from "./in-double.js";
import { gradientInto, hessian, type QuadraticTask } from "./problem.js";

export interface StopRule {
  /** |∇f| at which a run has converged. */
  readonly gradientNorm: number;
  readonly maxIterations: number;
}

export interface Descent {
  /** Updates until the gradient was small enough; those made where it never was. */
  readonly iterations: number;
  /** capped: not converged within the iterations allowed. */
  readonly state: "converged" | "capped" | "diverged";
}

/** |∇f| beyond which a run has diverged. */
const LOST = 1e100;

/** Minimises a quadratic from its start with one update rule.
 *  @param onPoint is given every point, the start as step 0; the array changes afterwards. */
export function descend(
  task: QuadraticTask,
  rule: DoubleRule,
  { gradientNorm, maxIterations }: StopRule,
  onPoint?: (step: number, theta: Float64Array) => void,
): Descent {
  const h = hessian(task);
  const theta = task.start.slice();
  const gradient = new Float64Array(theta.length);
  for (let iterations = 0; ; iterations++) {
    onPoint?.(iterations, theta);
    gradientInto(h, task.b, theta, gradient);
    let square = 0;
    for (const entry of gradient) square += entry * entry;
    const norm = Math.sqrt(square);
    if (norm <= gradientNorm) return { iterations, state: "converged" };
    if (!(norm < LOST)) return { iterations, state: "diverged" };
    if (iterations === maxIterations) return { iterations, state: "capped" };
    rule(theta, gradient);
  }
}
