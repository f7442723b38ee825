/** How many numbers are NaN or infinite. */
function countNotFinite(values: ArrayLike<number>): number {
  // Times 0 only those are not 0: one sum without branches takes a third of the time.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * 0;
  if (sum === 0) return 0;
  let count = 0;
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) count++;
  return count;
}

/** The names of arrays that hold a number that is NaN or infinite. */
export const namesNotFinite = (arrays: Readonly<Record<string, ArrayLike<number>>>): string[] =>
  Object.keys(arrays).filter((name) => countNotFinite(arrays[name]!) > 0);

/** "3 of 150 numbers are NaN or infinite"; undefined where none is. */
export function flawOf(values: ArrayLike<number>): string | undefined {
  const count = countNotFinite(values);
  return count === 0 ? undefined : `${count} of ${values.length} numbers are NaN or infinite`;
}
