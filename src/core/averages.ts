import { areEqual } from "./noise.js";

/** Arithmetic mean; NaN of nothing. */
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The same; undefined of nothing. */
export const meanIfAny = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : mean(values);

/** The middle value, or the mean of the two in the middle; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return mean([sorted[Math.floor(middle)]!, sorted[Math.ceil(middle)]!]);
}

/** Sample standard deviation, sqrt(Σ (x − mean)² / (n − 1)), exactly 0 of values that differ by rounding alone; undefined
 *  for fewer than two values or infinite ones. */
export function std(values: readonly number[]): number | undefined {
  if (values.length < 2 || !values.every(Number.isFinite)) return undefined;
  if (areEqual(values)) return 0;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}
