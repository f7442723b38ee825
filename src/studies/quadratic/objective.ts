import type { InnerEnd } from "./sensitivity.js";

export interface ObjectiveSettings {
  /** k, weight of 1/λ. */
  readonly k: number;
  /** γ, weight of the regulariser. */
  readonly gamma: number;
}

/** A finished inner run and where it began. */
export interface InnerOutcome {
  readonly start: Float64Array;
  readonly end: InnerEnd;
}

/** MetaMD's objective for M = diag(m), and its true gradient in m by forward-mode differentiation.
 *  E = mean ½ Σ m_i d_i² + k/λ + γ|m − 1|₂ with d = θ_T − θ_1 and λ = min m;
 *  dE/dm = mean [½ d² + Zᵀ(m∘d)] − (k/λ²) e_argmin + γ (m − 1)/|m − 1|.
 *  The subgradient of the minimum is shared by all coordinates that attain it; the regulariser's is 0 at m = 1.
 *  @param outcomes one or more runs that did not diverge.
 *  Source: MetaMD paper, Sections A.1 and A.6; the paper is silent on ties and on m = 1. */
export function diagonalObjective(
  m: Float64Array,
  outcomes: readonly InnerOutcome[],
  { k, gamma }: ObjectiveSettings,
): { value: number; gradient: Float64Array } {
  const d = m.length;
  const gradient = new Float64Array(d);
  let divergence = 0;
  for (const { start, end } of outcomes) {
    const moved = end.theta.map((entry, i) => entry - start[i]!);
    for (let j = 0; j < d; j++) {
      divergence += (0.5 * m[j]! * moved[j]! ** 2) / outcomes.length;
      let slope = 0.5 * moved[j]! ** 2;
      for (let i = 0; i < d; i++) slope += end.sensitivity[i * d + j]! * m[i]! * moved[i]!;
      gradient[j]! += slope / outcomes.length;
    }
  }
  const lambda = Math.min(...m);
  const ties = m.filter((entry) => entry === lambda).length;
  const distance = Math.hypot(...m.map((entry) => entry - 1));
  for (let i = 0; i < d; i++) {
    if (m[i] === lambda) gradient[i]! -= k / lambda ** 2 / ties;
    if (distance > 0) gradient[i]! += (gamma * (m[i]! - 1)) / distance;
  }
  return { value: divergence + k / lambda + gamma * distance, gradient };
}
