import type { Tensor } from "@tensorflow/tfjs-core";
import { FUSED_KERNELS } from "../../fused.js";
import { LSTM_KERNELS } from "../../lstm-cell.js";
import { RANK_ONE_SOLVE } from "../../rank-one-solve.js";
import { poolInfo, registerAll, type PoolAttributes } from "./kernels.js";
import type { NativeAttribute, NativeBackend } from "./native.js";

interface Call {
  readonly inputs: Record<string, Tensor>;
  readonly backend: NativeBackend;
  readonly attrs: PoolAttributes;
}

/** An operation of ours (install/kernels) with one output, and the inputs that it takes, in their order. */
const single =
  (operation: string, ...names: readonly string[]) =>
  ({ inputs, backend }: Call): Tensor =>
    backend.executeSingleOutput(
      operation,
      [],
      names.map((name) => inputs[name]!),
    );
/** The same of one that gets all inputs, in the order of their names, and has several outputs. */
const several =
  (operation: string, outputs: number) =>
  ({ inputs, backend }: Call): Tensor[] =>
    backend.executeMultipleOutputs(operation, [], Object.values(inputs), outputs);

/** Our operations as kernels; some compute what the backend has too, in one pass. */
const KERNELS: Readonly<Record<string, (call: Call) => Tensor | Tensor[]>> = {
  [LSTM_KERNELS.cell]: several(LSTM_KERNELS.cell, 2),
  [LSTM_KERNELS.gradient]: several(LSTM_KERNELS.gradient, 4),
  [RANK_ONE_SOLVE]: single(RANK_ONE_SOLVE, "g", "left", "leftScaled", "right", "rightScaled"),
  [FUSED_KERNELS.reluGradient]: single(FUSED_KERNELS.reluGradient, "dy", "y"),
  MaxPool: ({ inputs: { x }, backend, attrs }) =>
    backend.executeSingleOutput("MetamdMaxPool", windowOf(backend, x!, attrs), [x!]),
  MaxPoolGrad: ({ inputs: { dy, input }, backend, attrs }) =>
    backend.executeSingleOutput("MetamdMaxPoolGradient", windowOf(backend, input!, attrs), [dy!, input!]),
};

/** Registers them for tfjs-node's backend, once TensorFlow knows the operations. */
export const registerOwnKernels = (): void => registerAll(KERNELS);

/** The windows of a pooling, which are square and without padding. */
function windowOf(backend: NativeBackend, x: Tensor, attributes: PoolAttributes): NativeAttribute[] {
  const { filterHeight, strideHeight } = poolInfo(x, attributes);
  const type = backend.binding.TF_ATTR_INT;
  return [
    { name: "size", type, value: filterHeight },
    { name: "stride", type, value: strideHeight },
  ];
}
