import type { Leaves } from "../core/tree.js";
import type { Tensor } from "../engine/ops.js";
import type { LayerSpec, ParameterSpec, Params, ValueSpec } from "../engine/parameters.js";

/** Looks at a layer while the forward pass runs. @param input of the layer; @param output before the activation. */
export type Tap = (layer: string, input: Tensor, output: Tensor) => void;

/** How a forward pass is run. By default in training, where a batch normalisation takes the statistics of its batch. */
export interface Pass {
  /** Normalise with the running statistics; they are needed then. */
  readonly evaluation?: boolean;
  /** The running statistics, by name. */
  readonly statistics?: Leaves<Tensor>;
  /** Called in training, where statistics are given, with the next value of every one that moves. */
  readonly moved?: (name: string, next: Tensor) => void;
  /** Called once with each of the layers. */
  readonly tap?: Tap;
}

/** Parameter shapes and a forward pass. Parameters are named like PyTorch's: "fc1.weight", "conv1.bias". */
export interface Model {
  /** What is trained. */
  readonly parameters: Leaves<ParameterSpec>;
  /** Parameters that keep the values they begin with; absent: none. */
  readonly frozen?: Leaves<ParameterSpec>;
  /** Running statistics of batch normalisations, named like PyTorch's buffers: "bn1.running_mean"; absent: none. */
  readonly statistics?: Leaves<ValueSpec>;
  /** Every linear layer and convolution whose weight is trained, by name. */
  readonly layers: Leaves<LayerSpec>;
  /** Shape of one input, without the batch. */
  readonly input: readonly number[];
  readonly classes: number;
  /** @param theta all parameters, frozen ones too. @param x [n, ...input]. @returns logits [n, classes]. */
  forward(theta: Params, x: Tensor, pass?: Pass): Tensor;
}

/** Every parameter of a model or problem, frozen ones too. */
export const everyParameter = ({
  parameters,
  frozen,
}: Pick<Model, "parameters" | "frozen">): Record<string, ParameterSpec> => ({ ...parameters, ...frozen });
