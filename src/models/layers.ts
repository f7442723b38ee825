import { add, matMul, type Tensor } from "../engine/ops.js";
import type { ParameterSpec, Params } from "../engine/parameters.js";

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

/** x W^T + b: x [n, in] -> [n, out]. */
export const linear = (theta: Params, layer: string, x: Tensor): Tensor =>
  add(matMul(x, theta[`${layer}.weight`]!, false, true), theta[`${layer}.bias`]!);
