/** Byte arrays one after the other, in memory that threads see without a copy. */
export function inSharedMemory(arrays: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(new SharedArrayBuffer(arrays.reduce((sum, { length }) => sum + length, 0)));
  let filled = 0;
  for (const array of arrays) {
    out.set(array, filled);
    filled += array.length;
  }
  return out;
}
