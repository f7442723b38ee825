/** Arithmetic mean; undefined of nothing. */
export function mean(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample standard deviation, sqrt(Σ (x − mean)² / (n − 1)); undefined for fewer than two values or infinite ones. */
export function std(values: readonly number[]): number | undefined {
  if (values.length < 2 || !values.every(Number.isFinite)) return undefined;
  const centre = mean(values)!;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}
