import type { DataType } from "@tensorflow/tfjs-core";

export type Values = Float64Array | Float32Array | Int32Array | Uint8Array;

/** An array on the host, row-major. */
export interface Plain {
  readonly shape: readonly number[];
  readonly dtype: DataType;
  readonly values: Values;
}

/** Makes an array of zeros for floats, in the precision of the engine. */
export type Allocate = (size: number) => Float64Array | Float32Array;

/** What a kernel is given: named inputs, attributes as tfjs passes them, and where results go. */
export interface PlainCall<Attributes = unknown> {
  readonly inputs: Readonly<Record<string, Plain>>;
  readonly attributes: Attributes;
  readonly allocate: Allocate;
}

/** A kernel in plain TypeScript. Results that share the values of an input share its memory. */
export type PlainKernel<Attributes = unknown> = (call: PlainCall<Attributes>) => Plain | Plain[];

/** Kernels by tfjs name. Each reads its own attributes, which tfjs types per kernel name only. */
export type PlainKernels = Readonly<Record<string, PlainKernel<never>>>;

/** Strides of a row-major array. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}

/** For every entry of an array of this shape, in order: start + the sum of index * stride over its axes. */
export function offsets(shape: readonly number[], strides: readonly number[], start = 0): Int32Array {
  let block = Int32Array.of(start);
  for (let axis = 0; axis < shape.length; axis++) {
    const side = shape[axis]!;
    const stride = strides[axis]!;
    const next = new Int32Array(block.length * side);
    for (let i = 0, at = 0; i < block.length; i++) for (let j = 0; j < side; j++) next[at++] = block[i]! + j * stride;
    block = next;
  }
  return block;
}

/** Whether a maximum moves on from `best` to x: a NaN is beyond every number, so that none is hidden. */
export const isBeyond = (x: number, best: number): boolean => x > best || (Number.isNaN(x) && !Number.isNaN(best));
