/** Longest side of a matrix whose decomposition is never left out. */
const LONGEST = 1000;

let met: number[] | undefined;

/** Computes with the decompositions of larger matrices left out, which take minutes: for measuring the rest. Numbers are
 *  wrong. @returns with what was computed the sides of these matrices. */
export function withoutLargeDecompositions<Result>(f: () => Result): { result: Result; sides: readonly number[] } {
  const sides: number[] = (met = []);
  try {
    return { result: f(), sides };
  } finally {
    met = undefined;
  }
}

/** Whether the decomposition of a matrix is left out now. */
export function isLeftOut(side: number): boolean {
  if (met === undefined || side <= LONGEST) return false;
  met.push(side);
  return true;
}
