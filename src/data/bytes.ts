/** Byte arrays one after the other. */
export const concatenate = (arrays: readonly Uint8Array[]): Uint8Array =>
  arrays.length === 1 ? arrays[0]! : filled(new Uint8Array(lengthOf(arrays)), arrays);

/** The same in memory that threads see without a copy. */
export const inSharedMemory = (arrays: readonly Uint8Array[]): Uint8Array =>
  filled(new Uint8Array(new SharedArrayBuffer(lengthOf(arrays))), arrays);

const lengthOf = (arrays: readonly Uint8Array[]): number => arrays.reduce((sum, { length }) => sum + length, 0);

function filled(out: Uint8Array, arrays: readonly Uint8Array[]): Uint8Array {
  let at = 0;
  for (const array of arrays) {
    out.set(array, at);
    at += array.length;
  }
  return out;
}
