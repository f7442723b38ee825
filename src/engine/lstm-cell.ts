import type * as tf from "@tensorflow/tfjs-core";
import { runKernel } from "./fused.js";
import { tfjs } from "./tfjs.js";

type Tensor = tf.Tensor;

/** Kernels of our own that an engine may lack: the operation is then composed of others. All arrays are row-major. */
export const LSTM_KERNELS = {
  /** {weights [d + H + 1, 4H], input [d, n], h [H, n], c [H, n]} -> [h' [H, n], c' [H, n]]. */
  cell: "MetamdLstmCell",
  /** The same and {dH [H, n], dC [H, n]}, cotangents of h' and c' -> those of weights, input, h and c. */
  gradient: "MetamdLstmCellGradient",
} as const;

/** What a cell is given, in the order of its kernel's inputs. */
const INPUTS = ["weights", "input", "h", "c"] as const;
type Inputs = Readonly<Record<(typeof INPUTS)[number], Tensor>>;

/** Whether the present engine has the kernels. */
const fusedHere = (): boolean => tfjs().getKernel(LSTM_KERNELS.cell, tfjs().getBackend()) !== undefined;

/** `ops` is its public face. @throws Error when shapes do not fit each other. */
export function lstmCell(inputs: Inputs): { h: Tensor; c: Tensor } {
  const [d, n] = inputs.input.shape as [number, number];
  const hidden = inputs.h.shape[0]!;
  const expected = { weights: [d + hidden + 1, 4 * hidden], input: [d, n], h: [hidden, n], c: [hidden, n] };
  for (const name of INPUTS) tfjs().util.assertShapesMatch(inputs[name].shape, expected[name], `lstmCell, ${name}: `);
  const [h, c] = fusedHere() ? runKernel(LSTM_KERNELS.cell, { ...inputs }) : composed(inputs);
  return { h: h!, c: c! };
}

function composed({ weights, input, h, c }: Inputs): Tensor[] {
  const { add, concat, fill, matMul, mul, sigmoid, split, tanh } = tfjs();
  const hidden = h.shape[0]!;
  const z = matMul(weights, concat([input, h, fill([1, h.shape[1]!], 1)], 0), true);
  const [i, j, f, o] = split(z, [hidden, hidden, hidden, hidden], 0) as [Tensor, Tensor, Tensor, Tensor];
  const next = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(j)));
  return [mul(sigmoid(o), tanh(next)), next];
}

/** Gradients by kernel; the gradient has none. */
export const LSTM_GRADIENTS: Readonly<Record<string, Omit<tf.GradConfig, "kernelName">>> = {
  [LSTM_KERNELS.cell]: {
    inputsToSave: [...INPUTS],
    gradFunc(cotangents, [weights, input, h, c]) {
      const [dH, dC] = cotangents as [Tensor, Tensor];
      const inputs = { weights: weights!, input: input!, h: h!, c: c!, dH, dC };
      const results = runKernel(LSTM_KERNELS.gradient, inputs);
      return Object.fromEntries(INPUTS.map((name, i) => [name, () => results[i]!]));
    },
  },
};
