/** Numbers on the host: what goes into a program and comes out of it. */
export type HostArray = Float32Array | Float64Array | Int32Array;
type DType = "float32" | "int32";

/** Shape and type of a tensor. On the reference engine "float32" holds double precision. */
export interface TensorSpec {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

export const isHostArray = (value: unknown): value is HostArray => ArrayBuffer.isView(value);
export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);
