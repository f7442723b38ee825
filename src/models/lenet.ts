import { add, conv2d, maxPool, relu, reshape, type Tensor } from "../engine/ops.js";
import type { Params } from "../engine/parameters.js";
import { convolutionParameters, linear, linearParameters } from "./layers.js";
import type { Model } from "./model.js";

/** LeNet-5 for 28x28: conv5 6 (padding 2), pool, conv5 16, pool, 400-120-84-classes, ReLU between; 61,706 parameters for 10 classes.
 *  @param input [28, 28, channels]. */
export function lenet(_settings: object, input: readonly number[], classes: number): Model {
  const [height, width, channels] = input as [number, number, number];
  if (height !== 28 || width !== 28) throw new Error(`LeNet takes 28x28 images, not ${height}x${width}`);
  return {
    parameters: {
      ...convolutionParameters("conv1", 5, channels, 6),
      ...convolutionParameters("conv2", 5, 6, 16),
      ...linearParameters("fc1", 400, 120, false),
      ...linearParameters("fc2", 120, 84, false),
      ...linearParameters("fc3", 84, classes, true),
    },
    input,
    classes,
    forward(theta, x) {
      let h = convolve(theta, "conv1", x, 2);
      h = convolve(theta, "conv2", h, 0);
      h = relu(linear(theta, "fc1", reshape(h, [x.shape[0]!, 400])));
      h = relu(linear(theta, "fc2", h));
      return linear(theta, "fc3", h);
    },
  };
}

const convolve = (theta: Params, layer: string, x: Tensor, padding: number): Tensor =>
  maxPool(relu(add(conv2d(x, theta[`${layer}.weight`]!, { stride: 1, padding }), theta[`${layer}.bias`]!)), 2);
