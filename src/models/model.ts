import type { Leaves } from "../core/tree.js";
import type { Tensor } from "../engine/ops.js";
import type { ParameterSpec, Params } from "../engine/parameters.js";

/** Parameter shapes and a forward pass. Parameters are named like PyTorch's: "fc1.weight", "conv1.bias". */
export interface Model {
  readonly parameters: Leaves<ParameterSpec>;
  /** Shape of one input, without the batch. */
  readonly input: readonly number[];
  readonly classes: number;
  /** @param x [n, ...input]. @returns logits [n, classes]. */
  forward(theta: Params, x: Tensor): Tensor;
}
