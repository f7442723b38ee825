import { dot } from "../../core/linear/vectors.js";
import { axpy, scale, spectrum, times, timesTransposed, type Block, type Matrix } from "./kronecker.js";

/** How the hypergradient of the Bregman term is formed.
 *  - `alg2`: direct + IFT term with the minus sign of the implicit function theorem; in total −direct when the inverse is
 *    exact. It makes M large where gradients accumulate, and is the only reading that learns a preconditioner.
 *  - `direct`: the total derivative where training reaches the closest interpolating solution; its minimum is M = I.
 *  - `eq13`: the paper's Eq. 13 as printed, without the minus sign: +2 direct.
 *  - `ift-only`: what the paper's Algorithm 2 returns by itself: −2 direct. */
export const MODES = ["alg2", "direct", "eq13", "ift-only"] as const;
export type Mode = (typeof MODES)[number];

/** Besides these, the true derivative by reverse mode through the whole run: reverse-run.ts. */
export const UNROLLED = "unrolled";

/** How M⁻¹ is applied in the IFT term: in closed form, or as the truncated Neumann series
 *  p_J = Σ_{j≤J} (I − αM)ʲ M D. As the paper prints Algorithm 2, the final multiplication by α is missing: `scaled: false`. */
export type Inverse =
  | { readonly kind: "exact" }
  | { readonly kind: "neumann"; readonly alpha: number; readonly terms: number; readonly scaled: boolean };

/** An inverse as the settings name it, where α may follow from M. */
export type InverseSetting =
  Inverse | { readonly kind: "neumann"; readonly alpha: "from-m"; readonly terms: number; readonly scaled: boolean };

/** The inverse for the present M. `from-m` takes α = 1/μ_max over all blocks: the series converges whatever M is, and leaves
 *  (1 − 1/μ_max)^{J+1} of what lies in the eigenspace of 1, the slowest. A number stays as it is. */
export function inverseOf(blocks: readonly Block[], setting: InverseSetting): Inverse {
  if (setting.kind === "exact") return setting;
  const { alpha } = setting;
  return { ...setting, alpha: alpha === "from-m" ? 1 / largestEigenvalue(blocks) : alpha };
}

/** μ_max of M over all blocks; parameters without a block have 1. */
const largestEigenvalue = (blocks: readonly Block[]): number =>
  Math.max(1, ...blocks.map((block) => spectrum(block).largest));

/** A gradient in the vectors of one block. */
export type BlockGradient = Block;

/** ∂/∂a and ∂/∂b of ½⟨D, B D A⟩: Dᵀ(Da + b(bᵀDa)) and D(Dᵀb) + (Da)(aᵀDᵀb). */
export function direct({ a, b }: Block, d: Matrix): BlockGradient {
  const da = times(d, a);
  const db = timesTransposed(d, b);
  const cross = dot(b, da);
  return {
    a: timesTransposed(d, axpy(cross, b, da)),
    b: axpy(cross, da, times(d, db)),
  };
}

/** The vector that the IFT term multiplies: M⁻¹ M D = D exactly, or the truncated series in closed form:
 *  with f(μ) = 1 − (1 − αμ)^{J+1} and the unit vectors u = a/|a|, w = b/|b|,
 *  P = f(1)D + (f(1+s)−f(1))(Du)uᵀ + (f(1+t)−f(1))w(wᵀD) + (f((1+s)(1+t))−f(1+s)−f(1+t)+f(1))(wᵀDu)w uᵀ.
 *  @internal Exported for tests. */
export function inverseTerm({ a, b }: Block, d: Matrix, inverse: Inverse): Matrix {
  if (inverse.kind === "exact") return d;
  const { alpha, terms, scaled } = inverse;
  const f = (mu: number): number => (1 - (1 - alpha * mu) ** (terms + 1)) / (scaled ? 1 : alpha);
  const s = dot(a, a);
  const t = dot(b, b);
  const u = s > 0 ? scale(1 / Math.sqrt(s), a) : a;
  const w = t > 0 ? scale(1 / Math.sqrt(t), b) : b;
  const [plain, alongA, alongB, alongBoth] = [f(1), f(1 + s), f(1 + t), f((1 + s) * (1 + t))];
  const du = times(d, u);
  const wd = timesTransposed(d, w);
  const both = (alongBoth - alongA - alongB + plain) * dot(w, du);
  const values = d.values.map((value, i) => {
    const row = Math.floor(i / d.columns);
    const column = i % d.columns;
    return (
      plain * value +
      (alongA - plain) * du[row]! * u[column]! +
      (alongB - plain) * w[row]! * wd[column]! +
      both * w[row]! * u[column]!
    );
  });
  return { ...d, values };
}

/** The IFT term with the minus sign: −(DᵀBP + PᵀBD)a and −(DAPᵀ + PADᵀ)b. */
export function indirect({ a, b }: Block, d: Matrix, p: Matrix): BlockGradient {
  const da = times(d, a);
  const pa = times(p, a);
  const db = timesTransposed(d, b);
  const pb = timesTransposed(p, b);
  const aGradient = axpy(1, timesTransposed(d, axpy(dot(b, pa), b, pa)), timesTransposed(p, axpy(dot(b, da), b, da)));
  const bGradient = axpy(1, times(d, axpy(dot(a, pb), a, pb)), times(p, axpy(dot(a, db), a, db)));
  return { a: scale(-1, aGradient), b: scale(-1, bGradient) };
}

/** The hypergradient of the Bregman term for one displacement D = θ_T − θ_1 of a block.
 *  Source: MetaMD paper, Eq. 12-13, Eq. 49 and Algorithm 2; Lorraine et al. 2020 for direct + indirect. */
export function bregmanHypergradient(block: Block, d: Matrix, mode: Mode, inverse: Inverse): BlockGradient {
  const straight = direct(block, d);
  if (mode === "direct") return straight;
  const implicit = indirect(block, d, inverseTerm(block, d, inverse));
  if (mode === "ift-only") return implicit;
  if (mode === "eq13") return { a: scale(-1, implicit.a), b: scale(-1, implicit.b) };
  return { a: axpy(1, straight.a, implicit.a), b: axpy(1, straight.b, implicit.b) };
}

/** Whether the Neumann series converges: |1 − αμ| < 1 for every eigenvalue μ of M, that is 0 < α < 2/μ_max. */
export interface Convergence {
  /** Upper bound of α: 2/μ_max over all blocks. */
  readonly alphaMax: number;
  /** max |1 − αμ|: the error shrinks by this factor with every term; 0 for the exact inverse. */
  readonly contraction: number;
  readonly converges: boolean;
}

export function convergence(blocks: readonly Block[], inverse: Inverse): Convergence {
  const largest = largestEigenvalue(blocks);
  const smallest = Math.min(...blocks.map((block) => spectrum(block).smallest));
  const alphaMax = 2 / largest;
  if (inverse.kind === "exact") return { alphaMax, contraction: 0, converges: true };
  const contraction = Math.max(Math.abs(1 - inverse.alpha * largest), Math.abs(1 - inverse.alpha * smallest));
  return { alphaMax, contraction, converges: contraction < 1 };
}
