/** Differences below this share of the largest value are taken for rounding. Arithmetic errs by some 1e-15 of it; one image
 *  more or less of a million is a thousand times this. */
const NOISE = 1e-9;

/** How near numbers have to be to count as equal: the largest power of two that is at most 1e-9 of the largest of them; 0 for
 *  whole numbers, which are exact. As a power of two it divides without rounding, and every count, half and eighth is a
 *  multiple of it.
 *  @param unit a size that the values come from: 1 for logarithms, which are as noisy as what they are taken of. */
export function noiseOf(values: readonly number[], unit = 0): number {
  const finite = values.filter(Number.isFinite);
  if (finite.every(Number.isSafeInteger)) return 0;
  const largest = finite.reduce((most, value) => Math.max(most, Math.abs(value)), unit);
  return 2 ** Math.floor(Math.log2(NOISE * largest));
}

/** The nearest multiple of a step; the value itself where there is none or it is not finite. */
function rounded(value: number, step: number): number {
  if (step === 0 || !Number.isFinite(value)) return value;
  return Math.sign(value) * Math.round(Math.abs(value) / step) * step;
}

/** Numbers as they are compared and ranked: what differs by rounding alone becomes equal, what differs by more than 1e-9 of
 *  the largest stays apart. Each goes to the nearest point of one grid, so that of equal ones all are equal.
 *  @param unit as of `noiseOf`. */
export function withoutNoise(values: readonly number[], unit = 0): number[] {
  const step = noiseOf(values, unit);
  return values.map((value) => rounded(value, step));
}

/** Below, at or above 0 as one number is below, equal to, or above another, rounding aside. */
export const order = (a: number, b: number): number =>
  a === b || Math.abs(a - b) <= noiseOf([a, b]) ? 0 : Math.sign(a - b);

/** Whether numbers differ by no more than rounding. */
export function areEqual(values: readonly number[], noise = noiseOf(values)): boolean {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high || high - low <= noise;
}
