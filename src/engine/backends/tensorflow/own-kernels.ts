import type { Tensor } from "@tensorflow/tfjs-core";
import { FUSED_KERNELS } from "../../fused.js";
import { LSTM_KERNELS } from "../../lstm.js";
import type { EngineDetails } from "../../engine.js";
import { MATRIX_KERNELS } from "../../matrix-kernels.js";
import { RANK_ONE_SOLVE } from "../../rank-one-solve.js";
import { tfjs } from "../../tfjs.js";
import { poolInfo, registerAll, type PoolAttributes } from "./kernels.js";
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
  [LSTM_KERNELS.network]: several(LSTM_KERNELS.network, 5),
  [LSTM_KERNELS.gradient]: several(LSTM_KERNELS.gradient, 8),
  [MATRIX_KERNELS.symmetricEigen]: several(MATRIX_KERNELS.symmetricEigen, 2),
  [RANK_ONE_SOLVE]: single(RANK_ONE_SOLVE, "g", "left", "leftScaled", "right", "rightScaled"),
  [FUSED_KERNELS.reluGradient]: single(FUSED_KERNELS.reluGradient, "dy", "y"),
  MaxPool: ({ inputs: { x }, backend, attrs }) =>
    backend.executeSingleOutput("MetamdMaxPool", windowOf(backend, x!, attrs), [x!]),
  MaxPoolGrad: ({ inputs: { dy, input }, backend, attrs }) =>
    backend.executeSingleOutput("MetamdMaxPoolGradient", windowOf(backend, input!, attrs), [dy!, input!]),
};

type OwnKernels = Pick<
  NonNullable<EngineDetails["kernels"]>,
  "lstm" | "rankOneSolve" | "symmetricEigen" | "elementwise" | "sums" | "matMul"
>;

/** Those that change a number's last digits, for records. @param threads of one operation. */
export const ownKernels = (threads: number): OwnKernels => ({
  lstm: true,
  rankOneSolve: true,
  symmetricEigen: true,
  elementwise: true,
  sums: true,
  ...(threads > 1 && { matMul: true }),
});

/** Registers them for tfjs-node's backend, once TensorFlow knows the operations. On one thread the library's products are
 *  faster. @param threads of one operation. */
export function registerOwnKernels(threads: number): void {
  registerAll(KERNELS);
  if (threads === 1) return;
  const library = tfjs().getKernel("BatchMatMul", "tensorflow").kernelFunc as unknown as (call: Call) => Tensor;
  registerAll({ BatchMatMul: (call: Call) => (isSmall(call) ? product(call) : library(call)) });
}

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

/** Whether a product is one of two small matrices. */
function isSmall({ inputs: { a, b }, attrs }: Call): boolean {
  if (a!.shape.length !== 2 || b!.shape.length !== 2) return false;
  const sides = [...a!.shape, b!.shape[attrs.transposeB ? 0 : 1]!];
  const multiplications = sides.reduce((product, side) => product * side, 1);
  return Math.max(...sides) <= MOST_OF_SIDE && multiplications <= MOST_MULTIPLICATIONS;
}

function product({ inputs: { a, b }, backend, attrs: { transposeA, transposeB } }: Call): Tensor {
  const type = backend.binding.TF_ATTR_INT;
  const turns = [
    { name: "turns_a", type, value: Number(transposeA) },
    { name: "turns_b", type, value: Number(transposeB) },
  ];
  return backend.executeSingleOutput("MetamdMatMul", turns, [a!, b!]);
}
