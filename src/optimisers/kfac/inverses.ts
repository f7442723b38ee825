import {
  add,
  diagonal,
  div,
  inverse,
  matMul,
  maximum,
  mean,
  mul,
  onesLike,
  reshape,
  sign,
  sqrt,
  sub,
  symmetricEigen,
  type Tensor,
} from "../../engine/ops.js";
import type { Tree } from "../../core/tree.js";
import { identity, type Pair } from "./factors.js";

/** Eigenvalues up to this count as zero. */
const SMALLEST = 1e-10;

/** How A ⊗ G is damped and inverted: `prepare` now and then, `apply` in every step. */
export interface Inversion<Side extends Tensor | Tree<Tensor> = Tensor | Tree<Tensor>> {
  /** What stands for the factors' inverses; kept in the state. */
  prepare(factors: Pair<Tensor>, damping: number): Pair<Side>;
  /** The first state: of a factor that is the identity. */
  initial(side: number): Side;
  /** The damped inverse applied to a matrix, with one side's factor on its left and the other's on its right. */
  apply(left: Side, matrix: Tensor, right: Side, damping: number): Tensor;
}

export type Eigen = { readonly values: Tensor; readonly vectors: Tensor };

/** (A ⊗ G + λI)⁻¹, exactly: V = Q_l [(Q_lᵀ M Q_r) ./ (d_l d_rᵀ + λ)] Q_rᵀ. */
export const eigen: Inversion<Eigen> = {
  prepare: ({ a, g }) => ({ a: decompose(a), g: decompose(g) }),
  initial(side) {
    const vectors = identity(side);
    return { vectors, values: onesLike(diagonal(vectors)) };
  },
  apply(left, matrix, right, damping) {
    const turned = matMul(matMul(left.vectors, matrix, true), right.vectors);
    return matMul(matMul(left.vectors, applyTurned(left, turned, right, damping)), right.vectors, false, true);
  },
};

/** The same of a matrix in the eigenvectors' coordinates, and in these. */
export function applyTurned(left: Eigen, matrix: Tensor, right: Eigen, damping: number): Tensor {
  const spectrum = mul(reshape(left.values, [-1, 1]), reshape(right.values, [1, -1]));
  return div(matrix, add(spectrum, damping));
}

function decompose(factor: Tensor): Eigen {
  const { values, vectors } = symmetricEigen(factor);
  return { vectors, values: mul(values, sign(maximum(sub(values, SMALLEST), 0))) };
}

/** (A + π√λ I)⁻¹ ⊗ (G + √λ/π I)⁻¹ with π² = (tr A / dim A) / (tr G / dim G): the factored Tikhonov damping. */
export const tikhonov: Inversion<Tensor> = {
  prepare({ a, g }, damping) {
    const pi = sqrt(div(mean(diagonal(a)), mean(diagonal(g))));
    const root = Math.sqrt(damping);
    return { a: inverse(a, mul(pi, root)), g: inverse(g, div(root, pi)) };
  },
  initial: identity,
  apply: (left, matrix, right) => matMul(matMul(left, matrix), right),
};
