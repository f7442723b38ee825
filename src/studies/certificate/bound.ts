/** What Theorem 4.1's bound is computed from. */
export interface Premises {
  /** Mean Bregman divergence B_M(θ*||θ_1) of the meta-training tasks. */
  readonly meanDivergence: number;
  /** n. */
  readonly tasks: number;
  /** η. */
  readonly eta: number;
  /** T. */
  readonly steps: number;
  /** C ≥ |M − I|_F. */
  readonly c: number;
  /** r ≥ |θ_1 − θ*|. */
  readonly r: number;
  readonly delta: number;
  /** σ²: how far the least losses of single batches are below the optimum, in the mean. */
  readonly sigmaSquared: number;
}

/** The bound on the mean sub-optimality of the averaged iterate on a novel task, with probability 1 − δ.
 *  printed, Eq. 9: 2B/(ηT) + 2σ² + C r²/(2√n) + 3C r² √(ln(2/δ)/(8n)).
 *  corrected: 2/(ηT) [B + C r²/√n + 3(1+C) r² √(ln(2/δ)/(8n))] + 2σ²: the deviation of B is multiplied by 2/(ηT) as B is;
 *  twice the Rademacher complexity C r²/(2√n) enters; and sup B ≤ (1+C) r²/2, which is not 0 at M = I. */
export function bounds(premises: Premises): { printed: number; corrected: number } {
  const { meanDivergence, tasks, eta, steps, c, r, delta, sigmaSquared } = premises;
  const square = r * r;
  const complexity = (c * square) / Math.sqrt(tasks);
  const deviation = 3 * square * Math.sqrt(Math.log(2 / delta) / (8 * tasks));
  const factor = 2 / (eta * steps);
  return {
    printed: factor * meanDivergence + 2 * sigmaSquared + complexity / 2 + c * deviation,
    corrected: factor * (meanDivergence + complexity + (1 + c) * deviation) + 2 * sigmaSquared,
  };
}

/** How C is fixed before the data: a number, or for every j at once C_j = 2ʲ C_0 with δ_j = 6δ/(π²(j+1)²), which add up
 *  to δ; the least C_j that holds may then be taken after seeing M. */
export type ConstantRule = number | { readonly union: number };

/** C and the δ that it holds with. @param distance |M − I|_F, which only a union bound looks at. */
export function constantFor(rule: ConstantRule, distance: number, delta: number): { c: number; delta: number } {
  if (typeof rule === "number") return { c: rule, delta };
  let j = 0;
  while (rule.union * 2 ** j < distance) j++;
  return { c: rule.union * 2 ** j, delta: (6 * delta) / (Math.PI ** 2 * (j + 1) ** 2) };
}

/** What the theorem asks for beyond its constants. */
export interface Conditions {
  readonly convex: boolean;
  /** Whether C and r were fixed before the tasks were seen. */
  readonly fixedBefore: boolean;
  /** Whether the tasks are independent draws of one distribution. */
  readonly independent: boolean;
  /** |M − I|_F and C. */
  readonly distance: number;
  readonly c: number;
  readonly eta: number;
  /** λ/(2L), or undefined where no L is known. @see smoothness: ½|∇f|² ≤ L (f − inf f). */
  readonly largestEta: number | undefined;
}

/** Relative slack for numbers that are equal but for rounding. */
const ROUNDING = 1e-12;

/** The conditions that do not hold, in words; empty when all do. */
export function violations(conditions: Conditions): string[] {
  const { convex, fixedBefore, independent, distance, c, eta, largestEta } = conditions;
  const violated: string[] = [];
  if (!convex) violated.push("non-convex");
  if (largestEta === undefined) violated.push("eta not known to be at most lambda/(2L)");
  else if (eta > largestEta * (1 + ROUNDING)) violated.push("eta above lambda/(2L)");
  if (!fixedBefore) violated.push("C and r chosen after seeing the data");
  else if (distance > c * (1 + ROUNDING)) violated.push("|M - I| above C");
  if (!independent) violated.push("tasks not drawn independently");
  return violated;
}
