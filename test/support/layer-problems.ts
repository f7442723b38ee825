import { mean, square, sum, mul, type Tensor } from "../../src/engine/ops.js";
import type { LayerSpec, ParameterSpec, Params } from "../../src/engine/parameters.js";
import {
  convolution,
  convolutionLayer,
  convolutionParameters,
  linear,
  linearLayer,
  linearParameters,
} from "../../src/models/layers.js";
import type { Model, Pass } from "../../src/models/model.js";
import type { Problem } from "../../src/training/problem.js";
import { supervised } from "../../src/training/supervised.js";

/** One linear layer, "fc": logits = W x + b. */
export const linearModel = (inputs: number, classes: number): Model => ({
  parameters: linearParameters("fc", inputs, classes, true),
  layers: { fc: linearLayer("fc") },
  input: [inputs],
  classes,
  forward: (theta, x, { tap } = {}) => linear(theta, "fc", x, tap),
});

/** One linear layer and a scale of its inputs that is no layer's parameter. */
export function scaledLinear(inputs: number, classes: number): Problem {
  const model = linearModel(inputs, classes);
  const scale: ParameterSpec = { shape: [inputs], initialise: { kind: "constant", value: 1 }, head: false };
  return supervised({
    ...model,
    parameters: { ...model.parameters, scale },
    forward: (theta, x, pass) => model.forward(theta, mul(x, theta.scale!), pass),
  });
}

/** One convolution with 2 x 2 kernels on images of 3 x 3: half the squared outputs, summed over an image. */
export const squaredConvolution: Problem = {
  parameters: convolutionParameters("conv", 2, 1, 2),
  layers: { conv: convolutionLayer("conv", { stride: 1, padding: 0 }) } satisfies Record<string, LayerSpec>,
  feeds: (batchSize) => ({ images: { shape: [batchSize, 3, 3, 1], dtype: "float32" } }),
  loss(theta: Params, { images }: Record<string, Tensor>, { tap }: Pass = {}) {
    const z = convolution(theta, "conv", images!, { stride: 1, padding: 0 }, tap);
    return mul(mean(sum(square(z), [1, 2, 3])), 0.5);
  },
  evaluate: () => ({}),
};
