/** The only place that reads the wall clock: timestamps go into records, never into numbers or ids. */
export function timestamp(): string {
  return new Date().toISOString();
}

/** Milliseconds on a clock that never goes back. */
export function milliseconds(): number {
  return performance.now();
}
