import type { Quadratic } from "../../src/studies/quadratic/problem.js";

/** f(θ). */
export function valueAt({ q, b }: Quadratic, theta: Float64Array): number {
  const d = b.length;
  let sum = 0;
  for (let i = 0; i < d; i++) {
    sum -= b[i]! * theta[i]!;
    for (let j = 0; j < d; j++) sum += theta[i]! * q[i * d + j]! * theta[j]!;
  }
  return sum;
}
