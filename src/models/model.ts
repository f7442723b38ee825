import type { Leaves } from "../core/tree.js";
import type { Tensor } from "../engine/ops.js";
import type { LayerSpec, ParameterSpec, Params } from "../engine/parameters.js";

/** Looks at a layer while the forward pass runs. @param input of the layer; @param output before the activation. */
export type Tap = (layer: string, input: Tensor, output: Tensor) => void;

/** Parameter shapes and a forward pass. Parameters are named like PyTorch's: "fc1.weight", "conv1.bias". */
export interface Model {
  readonly parameters: Leaves<ParameterSpec>;
  /** Every linear layer and convolution, by name. */
  readonly layers: Leaves<LayerSpec>;
  /** Shape of one input, without the batch. */
  readonly input: readonly number[];
  readonly classes: number;
  /** @param x [n, ...input]. @param tap called once with each of the layers. @returns logits [n, classes]. */
  forward(theta: Params, x: Tensor, tap?: Tap): Tensor;
}
