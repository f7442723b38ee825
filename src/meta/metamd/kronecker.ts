import { dot } from "../../core/linear/vectors.js";

/** A matrix on the host, row-major, in double precision. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
}

/** The learned vectors of one weight block: A = I + a aᵀ acts on the columns, B = I + b bᵀ on the rows. */
export type Block = {
  /** [columns]. */
  readonly a: Float64Array;
  /** [rows]. */
  readonly b: Float64Array;
};

/** α x + y. */
export const axpy = (alpha: number, x: Float64Array, y: Float64Array): Float64Array =>
  y.map((value, i) => value + alpha * x[i]!);

export const scale = (alpha: number, x: Float64Array): Float64Array => x.map((value) => alpha * value);

/** X v: [rows]. */
export function times({ rows, columns, values }: Matrix, v: Float64Array): Float64Array {
  const result = new Float64Array(rows);
  for (let r = 0, at = 0; r < rows; r++) {
    let sum = 0;
    for (let c = 0; c < columns; c++) sum += values[at++]! * v[c]!;
    result[r] = sum;
  }
  return result;
}

/** Xᵀ v: [columns]. */
export function timesTransposed({ rows, columns, values }: Matrix, v: Float64Array): Float64Array {
  const result = new Float64Array(columns);
  for (let r = 0, at = 0; r < rows; r++) {
    const factor = v[r]!;
    for (let c = 0; c < columns; c++) result[c]! += factor * values[at++]!;
  }
  return result;
}

/** B⁻¹ G A⁻¹ = G − (Ga)aᵀ/(1+s) − b(bᵀG)/(1+t) + (bᵀGa)/((1+s)(1+t)) b aᵀ, s = |a|², t = |b|².
 *  Source: Sherman-Morrison; the tensor rule in optimisers/metamd.ts is checked against this. */
export function preconditioned({ a, b }: Block, g: Matrix): Matrix {
  const s = dot(a, a);
  const t = dot(b, b);
  const u = scale(1 / (1 + s), times(g, a));
  const w = scale(1 / (1 + t), timesTransposed(g, b));
  const both = dot(b, u) / (1 + t);
  const values = g.values.map((value, i) => {
    const row = Math.floor(i / g.columns);
    const column = i % g.columns;
    return value - u[row]! * a[column]! - b[row]! * w[column]! + both * b[row]! * a[column]!;
  });
  return { ...g, values };
}

/** M applied: B X A = X + (Xa)aᵀ + b(bᵀX) + (bᵀXa) b aᵀ. The inverse of `preconditioned`. */
export function mirrored({ a, b }: Block, x: Matrix): Matrix {
  const u = times(x, a);
  const w = timesTransposed(x, b);
  const both = dot(b, u);
  const values = x.values.map((value, i) => {
    const row = Math.floor(i / x.columns);
    const column = i % x.columns;
    return value + u[row]! * a[column]! + b[row]! * w[column]! + both * b[row]! * a[column]!;
  });
  return { ...x, values };
}

/** Bregman divergence of the block's mirror map: ½⟨D, B D A⟩ = ½(|D|² + |Da|² + |Dᵀb|² + (bᵀDa)²). */
export function bregman({ a, b }: Block, d: Matrix): number {
  const da = times(d, a);
  const db = timesTransposed(d, b);
  return 0.5 * (dot(d.values, d.values) + dot(da, da) + dot(db, db) + dot(b, da) ** 2);
}

/** Squared Frobenius norm of a block's M − I: ιs² + κt² + 2st + 2st² + 2s²t + s²t² (ι rows, κ columns).
 *  A polynomial without cancellation; the paper's Eq. 44 takes singular values for their squares. */
export function squaredDistance({ a, b }: Block): number {
  const s = dot(a, a);
  const t = dot(b, b);
  return b.length * s * s + a.length * t * t + 2 * s * t + 2 * s * t * t + 2 * s * s * t + s * s * t * t;
}

/** Eigenvalues of M that occur: 1 only where both sides have another direction. */
export function spectrum({ a, b }: Block): { smallest: number; largest: number } {
  const alongA = 1 + dot(a, a);
  const alongB = 1 + dot(b, b);
  return { smallest: (a.length > 1 ? 1 : alongA) * (b.length > 1 ? 1 : alongB), largest: alongA * alongB };
}

/** N = |M − I|_F over all blocks together. */
export const distance = (blocks: Readonly<Record<string, Block>>): number =>
  Math.sqrt(Object.values(blocks).reduce((sum, block) => sum + squaredDistance(block), 0));

/** Gradient of Nᵖ: p Nᵖ⁻¹ dN with dN/da = (2ιs + 2t + 2t² + 4st + 2st²)/N · a, dN/db likewise; 0 at M = I, where N is
 *  not differentiable in M but flat in a and b.
 *  @param power 1 as in the paper, or 2, which is bounded for any displacement. */
export function distanceGradient(blocks: Readonly<Record<string, Block>>, power: 1 | 2): Record<string, Block> {
  const n = Math.max(distance(blocks), 1e-12);
  const outer = power === 1 ? 1 / n : 2;
  return Object.fromEntries(
    Object.entries(blocks).map(([name, { a, b }]) => {
      const s = dot(a, a);
      const t = dot(b, b);
      const alongA = 2 * b.length * s + 2 * t + 2 * t * t + 4 * s * t + 2 * s * t * t;
      const alongB = 2 * a.length * t + 2 * s + 2 * s * s + 4 * s * t + 2 * s * s * t;
      return [name, { a: scale(outer * alongA, a), b: scale(outer * alongB, b) }];
    }),
  );
}
