import { normal, type Uniform } from "../rng.js";
import { symmetricEigen } from "./symmetric-eigen.js";
import { addTo, dot, norm, scale } from "./vectors.js";

export interface LanczosSettings {
  /** Products at most, besides the one that measures the residual. */
  readonly steps: number;
  /** Eigenvalues that are wanted. */
  readonly count: number;
  /** |Av − λv| over |λ| at which a pair counts as found. */
  readonly tolerance: number;
  /** Draws the vector to begin with. */
  readonly uniform: Uniform;
}

/** The largest eigenvalues of a symmetric matrix, the algebraically largest first. */
export interface LargestEigenvalues {
  readonly values: readonly number[];
  /** Of every value, as the recurrence estimates |Av − λv|. */
  readonly estimates: readonly number[];
  /** Unit eigenvector of the first; the first component that is not small is positive. */
  readonly vector: Float64Array;
  /** |Av − λv| of the first, measured. */
  readonly residual: number;
  readonly converged: boolean;
  readonly products: number;
}

/** Steps up to which the pairs are looked at after every one. Later that costs more than what a step saves, in time like the
 *  cube of the steps, and it is done after every quarter more. */
const LOOK_EVERY = 128;

/** What of the largest component a component may be and still count as nothing, where the sign is fixed. */
const SMALL = 1e-3;

/** Lanczos' method with full re-orthogonalisation, twice: A is known by its products only. T_j = Q_jᵀAQ_j is tridiagonal;
 *  its largest eigenvalues and Q_j times its eigenvectors are the pairs, whose residual is β_j |s_j|. It ends when all
 *  that are wanted are found, when the products are used up, or when the Krylov space is exhausted.
 *  @param apply v to Av; it must not change v. @param size of v.
 *  Source: Golub & Van Loan, Matrix Computations, section 10.3. */
export async function largestEigenvalues(
  apply: (v: Float64Array) => Promise<Float64Array>,
  size: number,
  { steps, count, tolerance, uniform }: LanczosSettings,
): Promise<LargestEigenvalues> {
  const basis = [startOf(size, uniform)];
  const alphas: number[] = [];
  const betas: number[] = [];
  const last = Math.min(steps, size);
  let look = 1;
  for (;;) {
    const q = basis.at(-1)!;
    const w = (await apply(q)).slice();
    alphas.push(dot(q, w));
    for (const held of [...basis, ...basis]) addTo(w, held, -dot(held, w));
    const beta = norm(w);
    if (!Number.isFinite(beta)) throw new Error("a product is not a finite number");
    const done = alphas.length;
    const largest = Math.max(...alphas.map(Math.abs), ...betas);
    const over = beta <= Number.EPSILON * size * largest || done >= last;
    const ritz = over || done >= look ? largestOf(alphas, betas, beta, count) : [];
    if (done >= look) look = done < LOOK_EVERY ? done + 1 : Math.ceil(1.25 * done);
    const found = ritz.every(({ value, estimate }) => estimate <= tolerance * Math.abs(value));
    if (over || (found && ritz.length >= Math.min(count, size))) {
      const [{ value, weights }] = ritz as [Ritz, ...Ritz[]];
      const vector = new Float64Array(size);
      basis.forEach((held, i) => addTo(vector, held, weights[i]!));
      scale(vector, signOf(vector) / norm(vector));
      const product = (await apply(vector)).slice();
      addTo(product, vector, -value);
      const residual = norm(product);
      return {
        values: ritz.map((pair) => pair.value),
        estimates: ritz.map(({ estimate }) => estimate),
        vector,
        residual,
        converged: residual <= tolerance * Math.abs(value),
        products: done + 1,
      };
    }
    betas.push(beta);
    scale(w, 1 / beta);
    basis.push(w);
  }
}

interface Ritz {
  readonly value: number;
  readonly estimate: number;
  /** Eigenvector of the tridiagonal matrix. */
  readonly weights: Float64Array;
}

/** The largest eigenpairs of the tridiagonal matrix. @param next the entry below its last row. */
function largestOf(alphas: readonly number[], betas: readonly number[], next: number, count: number): Ritz[] {
  const n = alphas.length;
  const matrix = new Float64Array(n * n);
  alphas.forEach((alpha, i) => (matrix[i * n + i] = alpha));
  betas.forEach((beta, i) => (matrix[i * n + i + 1] = matrix[(i + 1) * n + i] = beta));
  const { values, vectors } = symmetricEigen(matrix, n);
  return Array.from({ length: Math.min(count, n) }, (_unused, i) => {
    const place = n - 1 - i;
    const weights = vectors.subarray(place * n, (place + 1) * n);
    return { value: values[place]!, estimate: next * Math.abs(weights[n - 1]!), weights };
  });
}

function startOf(size: number, uniform: Uniform): Float64Array {
  const draw = normal(uniform);
  const start = Float64Array.from({ length: size }, draw);
  scale(start, 1 / norm(start));
  return start;
}

/** An eigenvector's sign is free: rounding in a component that is nothing must not decide it. */
function signOf(vector: Float64Array): number {
  let largest = 0;
  for (const x of vector) largest = Math.max(largest, Math.abs(x));
  return Math.sign(vector.find((x) => Math.abs(x) > SMALL * largest) ?? 1);
}
