import type * as tf from "@tensorflow/tfjs-core";
import { runKernel } from "./fused.js";
import { tfjs } from "./tfjs.js";

type Tensor = tf.Tensor;

/** Kernels of our own that an engine may lack: the operation is then composed of others. All arrays are row-major. */
export const LSTM_KERNELS = {
  /** {weights1 [d + H + 1, 4H], weights2 [2H + 1, 4H], output [H + 1, 1], input [K, d, n], and of both layers h, c [H, n]}
   *  -> [u [K, n], h1', c1', h2', c2']. */
  network: "MetamdLstm",
  /** The same and cotangents of all results -> those of all inputs. */
  gradient: "MetamdLstmGradient",
} as const;

/** What the network is given, in the order of its kernel's inputs. */
const INPUTS = ["weights1", "weights2", "output", "input", "h1", "c1", "h2", "c2"] as const;
/** What comes of it, in the same manner. */
const RESULTS = ["u", "h1", "c1", "h2", "c2"] as const;
export type LstmInputs = Readonly<Record<(typeof INPUTS)[number], Tensor>>;
export type LstmResults = Readonly<Record<(typeof RESULTS)[number], Tensor>>;

/** Whether the present engine has the kernels. */
const fusedHere = (): boolean => tfjs().getKernel(LSTM_KERNELS.network, tfjs().getBackend()) !== undefined;

/** `ops` is its public face. @throws Error when shapes do not fit each other. */
export function lstm(inputs: LstmInputs): LstmResults {
  const [steps, d, n] = inputs.input.shape as [number, number, number];
  const hidden = inputs.h1.shape[0]!;
  const memory = [hidden, n];
  const expected = {
    weights1: [d + hidden + 1, 4 * hidden],
    weights2: [2 * hidden + 1, 4 * hidden],
    output: [hidden + 1, 1],
    input: [steps, d, n],
    h1: memory,
    c1: memory,
    h2: memory,
    c2: memory,
  };
  for (const name of INPUTS) tfjs().util.assertShapesMatch(inputs[name].shape, expected[name], `lstm, ${name}: `);
  if (!fusedHere()) return composed(inputs);
  const ordered = Object.fromEntries(INPUTS.map((name) => [name, inputs[name]]));
  const results = runKernel(LSTM_KERNELS.network, ordered);
  return Object.fromEntries(RESULTS.map((name, i) => [name, results[i]!])) as LstmResults;
}

function composed({ weights1, weights2, output, input, ...memory }: LstmInputs): LstmResults {
  const { concat, matMul, reshape, split } = tfjs();
  const [steps, d, n] = input.shape as [number, number, number];
  // tfjs has no gradient of a split into one.
  const inputs = steps === 1 ? [input] : split(input, new Array<number>(steps).fill(1), 0);
  let { h1, c1, h2, c2 } = memory;
  const us = inputs.map((x) => {
    [h1, c1] = cell(weights1, reshape(x, [d, n]), h1, c1);
    [h2, c2] = cell(weights2, h1, h2, c2);
    return matMul(output, withOnes(h2), true);
  });
  return { u: concat(us, 0), h1, c1, h2, c2 };
}

/** A layer's step: h' and c'. */
function cell(weights: Tensor, x: Tensor, h: Tensor, c: Tensor): [Tensor, Tensor] {
  const { add, concat, matMul, mul, sigmoid, split, tanh } = tfjs();
  const hidden = h.shape[0]!;
  const z = matMul(weights, withOnes(concat([x, h], 0)), true);
  const [i, j, f, o] = split(z, [hidden, hidden, hidden, hidden], 0) as [Tensor, Tensor, Tensor, Tensor];
  const next = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(j)));
  return [mul(sigmoid(o), tanh(next)), next];
}

/** One more row, of ones. */
const withOnes = (x: Tensor): Tensor => tfjs().concat([x, tfjs().fill([1, x.shape[1]!], 1)], 0);

/** Gradients by kernel; the gradient has none. */
export const LSTM_GRADIENTS: Readonly<Record<string, Omit<tf.GradConfig, "kernelName">>> = {
  [LSTM_KERNELS.network]: {
    inputsToSave: [...INPUTS],
    gradFunc(cotangents, saved) {
      const inputs = Object.fromEntries(INPUTS.map((name, i) => [name, saved[i]!]));
      const ofResults = Object.fromEntries(RESULTS.map((name, i) => [`d_${name}`, (cotangents as Tensor[])[i]!]));
      const results = runKernel(LSTM_KERNELS.gradient, { ...inputs, ...ofResults });
      return Object.fromEntries(INPUTS.map((name, i) => [name, () => results[i]!]));
    },
  },
};
