import type * as tf from "@tensorflow/tfjs-core";
import type { HostArray, TensorSpec } from "./host.js";
import { tfjs } from "./tfjs.js";

/** Runs a function and disposes every tensor it made but did not return. */
export const tidy = <T extends tf.TensorContainer>(f: () => T): T => tfjs().tidy(f);
export const dispose = (tensors: tf.TensorContainer): void => tfjs().dispose(tensors);
/** Keeps a tensor alive across `tidy`. */
export const keep = <T extends tf.Tensor>(tensor: T): T => tfjs().keep(tensor);
export const isTensor = (value: unknown): value is tf.Tensor => value instanceof tfjs().Tensor;
/** Number of live tensors, for leak checks. */
export const tensorCount = (): number => tfjs().memory().numTensors;

/** Makes a tensor of host numbers; keeps double precision where the engine has it. */
export function tensorFrom(values: HostArray, { shape, dtype }: TensorSpec): tf.Tensor {
  const engine = tfjs().engine();
  const backend = engine.backend as tf.KernelBackend & { readonly doublePrecision?: boolean };
  if (dtype === "float32" && backend.doublePrecision === true) {
    const dataId = backend.write(new Float64Array(values) as unknown as Float32Array, [...shape], dtype);
    return engine.makeTensorFromDataId(dataId, [...shape], dtype, backend);
  }
  const typed = dtype === "int32" ? new Int32Array(values) : new Float32Array(values);
  return tfjs().tensor(typed, [...shape], dtype);
}

/** A scalar tensor of a host number, in double precision where the engine has it. */
export const scalarTensor = (value: number): tf.Tensor =>
  tensorFrom(Float64Array.of(value), { shape: [], dtype: "float32" });

/** Copies a tensor's numbers to the host: Float64Array on the reference engine, else Float32Array or Int32Array. */
export const hostArray = (tensor: tf.Tensor): HostArray => tensor.dataSync().slice() as HostArray;
