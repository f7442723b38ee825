/** This file alone reads the wall clock: timestamps go into records, never into numbers or ids.
 *  @param at in milliseconds of the wall clock. */
export function timestamp(at = Date.now()): string {
  return new Date(at).toISOString();
}

/** Milliseconds since 1970, to compare with the times of files. */
export function wallClock(): number {
  return Date.now();
}

/** Milliseconds on a clock that never goes back. */
export function milliseconds(): number {
  return performance.now();
}
