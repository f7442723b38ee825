import type { Tensor } from "@tensorflow/tfjs-core";
import { FUSED_KERNELS } from "../../fused.js";
import { LSTM_KERNELS } from "../../lstm-cell.js";
import { RANK_ONE_SOLVE } from "../../rank-one-solve.js";
import { floats, poolInfo, registerAll, type PoolAttributes } from "./kernels.js";
import type { NativeAttribute, NativeBackend } from "./native.js";

interface Call {
  readonly inputs: Record<string, Tensor>;
  readonly backend: NativeBackend;
  readonly attrs: PoolAttributes & { readonly transposeA: boolean; readonly transposeB: boolean };
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

/** Those that change a number's last digits, for records. @param threads of one operation. */
export const ownKernels = (threads: number): { lstmCell: true; rankOneSolve: true; matMul?: true } => ({
  lstmCell: true,
  rankOneSolve: true,
  ...(threads > 1 && { matMul: true }),
});

/** Registers them for tfjs-node's backend, once TensorFlow knows the operations. @param threads of one operation. */
export const registerOwnKernels = (threads: number): void =>
  registerAll(threads > 1 ? { ...KERNELS, BatchMatMul: product } : KERNELS);

/** The windows of a pooling, which are square and without padding. */
function windowOf(backend: NativeBackend, x: Tensor, attributes: PoolAttributes): NativeAttribute[] {
  const { filterHeight, strideHeight } = poolInfo(x, attributes);
  const type = backend.binding.TF_ATTR_INT;
  return [
    { name: "size", type, value: filterHeight },
    { name: "stride", type, value: strideHeight },
  ];
}

/** Sides, and multiplications, up to which our product on several threads is faster than TensorFlow's, which wakes its threads
 *  for each (measured on two processors: .3 to .9 of its time). */
const MOST_OF_SIDE = 1024;
const MOST_MULTIPLICATIONS = 2 ** 27;

/** Matrix products: of small ones ours, of others TensorFlow's. */
function product({ inputs: { a, b }, backend, attrs: { transposeA, transposeB } }: Call): Tensor {
  const { TF_ATTR_BOOL, TF_ATTR_INT } = backend.binding;
  const [rows, depth] = transposeA ? a!.shape.toReversed() : a!.shape;
  const columns = b!.shape[transposeB ? 0 : 1];
  const isSmall =
    a!.shape.length === 2 &&
    b!.shape.length === 2 &&
    Math.max(rows!, depth!, columns!) <= MOST_OF_SIDE &&
    rows! * depth! * columns! <= MOST_MULTIPLICATIONS;
  const [operation, type, names] = isSmall
    ? (["MetamdMatMul", TF_ATTR_INT, ["turns_a", "turns_b"]] as const)
    : (["BatchMatMulV2", TF_ATTR_BOOL, ["adj_x", "adj_y"]] as const);
  const turns = [transposeA, transposeB].map((value, i) => ({
    name: names[i]!,
    type,
    value: isSmall ? Number(value) : value,
  }));
  return backend.executeSingleOutput(operation, isSmall ? turns : [floats(backend, "T"), ...turns], [a!, b!]);
}
