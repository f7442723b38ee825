import { map } from "../core/tree.js";
import { maxPool, relu, reshape } from "../engine/ops.js";
import {
  convolution,
  convolutionLayer,
  convolutionParameters,
  linear,
  linearLayer,
  linearParameters,
} from "./layers.js";
import type { Model } from "./model.js";

const WINDOWS = { conv1: { stride: 1, padding: 2 }, conv2: { stride: 1, padding: 0 } };

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
    layers: {
      ...map((window, name) => convolutionLayer(name, window), WINDOWS),
      fc1: linearLayer("fc1"),
      fc2: linearLayer("fc2"),
      fc3: linearLayer("fc3"),
    },
    input,
    classes,
    forward(theta, x, { tap } = {}) {
      let h = maxPool(relu(convolution(theta, "conv1", x, WINDOWS.conv1, tap)), 2);
      h = maxPool(relu(convolution(theta, "conv2", h, WINDOWS.conv2, tap)), 2);
      h = relu(linear(theta, "fc1", reshape(h, [x.shape[0]!, 400]), tap));
      h = relu(linear(theta, "fc2", h, tap));
      return linear(theta, "fc3", h, tap);
    },
  };
}
