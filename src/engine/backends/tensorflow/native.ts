// The parts of tfjs-node's untyped surface that this engine uses.
import type { DataId, DataType, KernelBackend, Tensor } from "@tensorflow/tfjs-core";
import type { HostArray } from "../../host.js";

/** An attribute of a TensorFlow operation; `type` is one of the binding's TF_ATTR_ numbers. */
export interface NativeAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: boolean | number | string | readonly number[] | readonly string[];
}

interface NativeTensor {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

/** The addon. Names are comma-separated "node:output" lists. */
export interface NativeBinding {
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_BOOL: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_Version: string;
  createTensor(shape: readonly number[], dtype: number, values: HostArray | Uint8Array): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array;
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(id: number): void;
  runSavedModel(id: number, inputs: readonly number[], inputNames: string, outputNames: string): NativeTensor[];
  executeOp(
    op: string,
    attributes: readonly NativeAttribute[],
    inputs: readonly number[],
    outputs: number,
  ): NativeTensor[];
  isUsingGpuDevice(): boolean;
}

/** tfjs-node's backend; every operation passes through one of the two `execute` methods. */
export interface NativeBackend extends KernelBackend {
  readonly binding: NativeBinding;
  executeSingleOutput(op: string, attributes: NativeAttribute[], inputs: Tensor[]): Tensor;
  executeMultipleOutputs(op: string, attributes: NativeAttribute[], inputs: Tensor[], outputs: number): Tensor[];
  createOutputTensor(tensor: NativeTensor): Tensor;
  readSync(dataId: DataId): Float32Array | Int32Array | Uint8Array;
  read(dataId: DataId): Promise<Float32Array | Int32Array | Uint8Array>;
}

/** TensorFlow's numbers of types. */
const TYPES: Readonly<Record<number, DataType>> = { 1: "float32", 3: "int32", 10: "bool" };

export const typeOf = (number: number): DataType => TYPES[number]!;
export const typeNumber = (dtype: DataType): number =>
  Number(Object.keys(TYPES).find((number) => TYPES[Number(number)] === dtype));
