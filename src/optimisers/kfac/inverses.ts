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
import { identity, type Pair } from "./factors.js";

/** Eigenvalues up to this count as zero. */
const SMALLEST = 1e-10;

/** What stands for the inverses of both factors, and is kept in the state: of each the damped inverse, or its eigenvectors with
 *  what a matrix in their coordinates is divided by. */
export type Prepared = Pair<Tensor> & { readonly denominators?: Tensor };

/** How A ⊗ G is damped and inverted: `prepare` now and then, `apply` in every step. @param leftIsG whether G is the factor on
 *  the left of the matrix. */
export interface Inversion {
  prepare(factors: Pair<Tensor>, damping: number, leftIsG: boolean): Prepared;
  /** The first state: of factors that are identities. */
  initial(sides: Pair<number>, damping: number, leftIsG: boolean): Prepared;
  /** The damped inverse applied to a matrix. */
  apply(prepared: Prepared, matrix: Tensor, leftIsG: boolean): Tensor;
}

const leftAndRight = <Side>({ a, g }: Pair<Side>, leftIsG: boolean): [Side, Side] => (leftIsG ? [g, a] : [a, g]);

/** (A ⊗ G + λI)⁻¹, exactly: V = Q_l [(Q_lᵀ M Q_r) ./ (d_l d_rᵀ + λ)] Q_rᵀ. */
export const eigen: Inversion = {
  prepare({ a, g }, damping, leftIsG) {
    const [ofA, ofG] = [symmetricEigen(a), symmetricEigen(g)];
    const denominators = denominatorsOf({ a: ofA.values, g: ofG.values }, damping, leftIsG);
    return { a: ofA.vectors, g: ofG.vectors, denominators };
  },
  initial(sides, damping, leftIsG) {
    const vectors = { a: identity(sides.a), g: identity(sides.g) };
    const ones = { a: onesLike(diagonal(vectors.a)), g: onesLike(diagonal(vectors.g)) };
    return { ...vectors, denominators: denominatorsOf(ones, damping, leftIsG) };
  },
  apply(prepared, matrix, leftIsG) {
    const [left, right] = leftAndRight(prepared, leftIsG);
    const turned = matMul(matMul(left, matrix, true), right);
    return matMul(matMul(left, applyTurned(prepared, turned)), right, false, true);
  },
};

/** The same of a matrix in the eigenvectors' coordinates, and in these. */
export const applyTurned = ({ denominators }: Prepared, matrix: Tensor): Tensor => div(matrix, denominators!);

/** d_l d_rᵀ + λ of the eigenvalues. */
function denominatorsOf(values: Pair<Tensor>, damping: number, leftIsG: boolean): Tensor {
  const cut = (d: Tensor): Tensor => mul(d, sign(maximum(sub(d, SMALLEST), 0)));
  const [left, right] = leftAndRight({ a: cut(values.a), g: cut(values.g) }, leftIsG);
  return add(mul(reshape(left, [-1, 1]), reshape(right, [1, -1])), damping);
}

/** (A + π√λ I)⁻¹ ⊗ (G + √λ/π I)⁻¹ with π² = (tr A / dim A) / (tr G / dim G): the factored Tikhonov damping. */
export const tikhonov: Inversion = {
  prepare({ a, g }, damping) {
    const pi = sqrt(div(mean(diagonal(a)), mean(diagonal(g))));
    const root = Math.sqrt(damping);
    return { a: inverse(a, mul(pi, root)), g: inverse(g, div(root, pi)) };
  },
  initial: (sides) => ({ a: identity(sides.a), g: identity(sides.g) }),
  apply(prepared, matrix, leftIsG) {
    const [left, right] = leftAndRight(prepared, leftIsG);
    return matMul(matMul(left, matrix), right);
  },
};
