import { relu, reshape } from "../engine/ops.js";
import type { ParameterSpec } from "../engine/parameters.js";
import { linear, linearLayer, linearParameters } from "./layers.js";
import type { Model } from "./model.js";

export interface MlpSettings {
  /** Units of the hidden layers. */
  readonly hidden: readonly number[];
}

/** Fully connected layers with ReLU between them: h = relu(W h + b); the last layer gives the logits.
 *  The paper's "3-layer MLP" is 784-256-256-10 (widths are ours).
 *  @param input shape of one input, flattened. */
export function mlp({ hidden }: MlpSettings, input: readonly number[], classes: number): Model {
  const widths = [input.reduce((product, side) => product * side, 1), ...hidden, classes];
  const layers = widths.slice(1).map((_width, index) => `fc${index + 1}`);
  const parameters: Record<string, ParameterSpec> = {};
  layers.forEach((layer, index) => {
    Object.assign(parameters, linearParameters(layer, widths[index]!, widths[index + 1]!, index === layers.length - 1));
  });
  return {
    parameters,
    layers: Object.fromEntries(layers.map((layer) => [layer, linearLayer(layer)])),
    input,
    classes,
    forward(theta, x, { tap } = {}) {
      let h = reshape(x, [x.shape[0]!, widths[0]!]);
      layers.forEach((layer, index) => {
        h = linear(theta, layer, h, tap);
        if (index < layers.length - 1) h = relu(h);
      });
      return h;
    },
  };
}
