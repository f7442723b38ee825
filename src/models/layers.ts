import { add, conv2d, matMul, type Tensor, type Window } from "../engine/ops.js";
import { turnedNames, withOnes, type LayerSpec, type ParameterSpec, type Params } from "../engine/parameters.js";
import type { Tap } from "./model.js";

/** Weight [out, in] and bias [out] of a linear layer, both drawn from U(-1/sqrt(in), 1/sqrt(in)).
 *  Source: torch.nn.Linear. @param head whether the layer is the classifier. */
export function linearParameters(
  name: string,
  inputs: number,
  outputs: number,
  head: boolean,
): Record<string, ParameterSpec> {
  const initialise = { kind: "uniform", bound: 1 / Math.sqrt(inputs) } as const;
  const matrix = { rows: outputs, columns: inputs, rowsFirst: true };
  return {
    [`${name}.weight`]: { shape: [outputs, inputs], initialise, matrix, head },
    [`${name}.bias`]: { shape: [outputs], initialise, head },
  };
}

/** Kernel [size, size, in, out] and bias [out] of a convolution, drawn from U(-1/sqrt(fan), 1/sqrt(fan)), fan = in * size^2.
 *  Source: torch.nn.Conv2d. */
export function convolutionParameters(
  name: string,
  size: number,
  inputs: number,
  outputs: number,
): Record<string, ParameterSpec> {
  const columns = size * size * inputs;
  const initialise = { kind: "uniform", bound: 1 / Math.sqrt(columns) } as const;
  const matrix = { rows: outputs, columns, rowsFirst: false };
  return {
    [`${name}.weight`]: { shape: [size, size, inputs, outputs], initialise, matrix, head: false },
    [`${name}.bias`]: { shape: [outputs], initialise, head: false },
  };
}

/** What `linear` of this name is, for `Model.layers`. */
export const linearLayer = (name: string): LayerSpec => ({ kind: "linear", turns: true, ...parametersOf(name) });

/** What `convolution` of this name is, for `Model.layers`. */
export const convolutionLayer = (name: string, window: Window): LayerSpec => ({
  kind: "convolution",
  window,
  ...parametersOf(name),
});

const parametersOf = (name: string): { weight: string; bias: string } => ({
  weight: `${name}.weight`,
  bias: `${name}.bias`,
});

/** x W^T + b: x [n, in] -> [n, out]; of a layer that is turned, [x 1] R U^T L^T, so that W is never made. */
export function linear(theta: Params, layer: string, x: Tensor, tap?: Tap): Tensor {
  const { matrix, left, right } = turnedNames(layer);
  const turned = theta[matrix];
  const y =
    turned === undefined
      ? add(matMul(x, theta[`${layer}.weight`]!, false, true), theta[`${layer}.bias`]!)
      : matMul(matMul(matMul(withOnes(x), theta[right]!), turned, false, true), theta[left]!, false, true);
  tap?.(layer, x, y);
  return y;
}

/** Cross-correlation with the layer's kernel, plus its bias: x [n, h, w, in] -> [n, oh, ow, out]. */
export function convolution(theta: Params, layer: string, x: Tensor, window: Window, tap?: Tap): Tensor {
  const y = add(conv2d(x, theta[`${layer}.weight`]!, window), theta[`${layer}.bias`]!);
  tap?.(layer, x, y);
  return y;
}
