/** Differences below this share of a value are taken for rounding. Arithmetic errs by some 1e-15 of it; one image
 *  more or less of a million is a thousand times this. */
const NOISE = 1e-9;

/** How near differences of some numbers have to be to count as equal: at most 1e-9 of the largest number; 0 for whole ones,
 *  which are exact.
 *  @param unit a size that the numbers come from: 1 for logarithms, which are as noisy as what they are taken of. */
export function noiseOf(values: readonly number[], unit = 0): number {
  const finite = values.filter(Number.isFinite);
  if (finite.every(Number.isSafeInteger)) return 0;
  return stepAt(finite.reduce((most, value) => Math.max(most, Math.abs(value)), unit));
}

/** A power of two, which divides without rounding, and of which every count, half and eighth is a multiple. */
const stepAt = (size: number): number => 2 ** Math.floor(Math.log2(NOISE * size));

/** The nearest multiple of a step; the value itself where there is none or it is not finite. */
export function rounded(value: number, step: number): number {
  if (step === 0 || !Number.isFinite(value)) return value;
  return Math.sign(value) * Math.round(Math.abs(value) / step) * step;
}

/** Numbers as they are compared and ranked: what differs by rounding alone becomes equal, what differs by more than 1e-9 of
 *  itself stays apart, whatever else is there. Each goes to the nearest point of one grid, which is as fine as the number
 *  needs, so that of equal ones all are equal. Whole numbers are exact and stay. */
export function withoutNoise(values: readonly number[]): readonly number[] {
  if (noiseOf(values) === 0) return values;
  return values.map((value) => rounded(value, stepAt(Math.abs(value))));
}

/** Below, at or above 0 as one number is below, equal to, or above another, rounding aside. */
export const order = (a: number, b: number): number =>
  a === b || Math.abs(a - b) <= noiseOf([a, b]) ? 0 : Math.sign(a - b);

/** Whether numbers differ by no more than rounding. */
export function areEqual(values: readonly number[], noise = noiseOf(values)): boolean {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high || high - low <= noise;
}
