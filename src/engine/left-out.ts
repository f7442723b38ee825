/** Longest side of a matrix of which nothing is left out. */
const LONGEST = 1000;

/** What takes as many times as long as a matrix' side cubed is larger. */
export type LargeWork = "decomposition" | "inverse";

/** What was left out, of a matrix of which side. */
export interface LeftOut {
  readonly work: LargeWork;
  readonly side: number;
}

let met: LeftOut[] | undefined;

/** Computes with the decompositions and inverses of larger matrices left out, which take minutes: for measuring the rest.
 *  Numbers are wrong. @returns with what was computed what was left out. */
export function withoutLargeMatrices<Result>(f: () => Result): { result: Result; leftOut: readonly LeftOut[] } {
  const leftOut: LeftOut[] = (met = []);
  try {
    return { result: f(), leftOut };
  } finally {
    met = undefined;
  }
}

/** Whether a matrix is left out now. */
export function isLeftOut(work: LargeWork, side: number): boolean {
  if (met === undefined || side <= LONGEST) return false;
  met.push({ work, side });
  return true;
}
