/** Lower triangular factor of a symmetric matrix, row by row. */
export type Factor = readonly Float64Array[];

/** L with LLᵀ = A; undefined when A is not positive definite. @internal Exported for tests. */
export function cholesky(a: readonly Float64Array[]): Factor | undefined {
  const factor = a.map(() => new Float64Array(a.length));
  for (let i = 0; i < a.length; i++) {
    const row = factor[i]!;
    for (let j = 0; j <= i; j++) {
      const other = factor[j]!;
      let sum = a[i]![j]!;
      for (let k = 0; k < j; k++) sum -= row[k]! * other[k]!;
      if (i !== j) row[j] = sum / other[j]!;
      else if (sum > 0) row[j] = Math.sqrt(sum);
      else return undefined;
    }
  }
  return factor;
}

/** What is added to the diagonal, in turn, until a matrix has a factor. */
const JITTERS = [0, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4];

/** The factor of A, or of A with the least jitter that makes it positive definite; undefined when none does. */
export function jitteredCholesky(a: readonly Float64Array[]): Factor | undefined {
  for (const jitter of JITTERS) {
    const factor = cholesky(
      jitter === 0 ? a : a.map((row, i) => row.map((value, j) => value + (i === j ? jitter : 0))),
    );
    if (factor !== undefined) return factor;
  }
  return undefined;
}

/** x with Lx = b. */
export function solveLower(factor: Factor, b: ArrayLike<number>): Float64Array {
  const x = new Float64Array(factor.length);
  for (let i = 0; i < x.length; i++) {
    let sum = b[i]!;
    for (let k = 0; k < i; k++) sum -= factor[i]![k]! * x[k]!;
    x[i] = sum / factor[i]![i]!;
  }
  return x;
}

/** x with Lᵀx = b. */
export function solveUpper(factor: Factor, b: ArrayLike<number>): Float64Array {
  const x = new Float64Array(factor.length);
  for (let i = x.length - 1; i >= 0; i--) {
    let sum = b[i]!;
    for (let k = i + 1; k < x.length; k++) sum -= factor[k]![i]! * x[k]!;
    x[i] = sum / factor[i]![i]!;
  }
  return x;
}

/** A⁻¹ of a factored A. */
export function inverse(factor: Factor): Float64Array[] {
  const count = factor.length;
  // Columns of L⁻¹, which is lower triangular too.
  const columns = factor.map((_, j) => {
    const column = new Float64Array(count);
    for (let i = j; i < count; i++) {
      let sum = i === j ? 1 : 0;
      for (let k = j; k < i; k++) sum -= factor[i]![k]! * column[k]!;
      column[i] = sum / factor[i]![i]!;
    }
    return column;
  });
  const result = factor.map(() => new Float64Array(count));
  for (let i = 0; i < count; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = i; k < count; k++) sum += columns[i]![k]! * columns[j]![k]!;
      result[i]![j] = result[j]![i] = sum;
    }
  return result;
}
