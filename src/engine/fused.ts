import type * as tf from "@tensorflow/tfjs-core";
import { tfjs } from "./tfjs.js";

type Tensor = tf.Tensor;

/** Kernels of our own, registered under these names by every backend. All arrays are row-major. */
export const FUSED_KERNELS = {
  /** {dy, y} -> dx: dy where y > 0, 0 where y = 0, NaN where y is NaN; y >= 0. */
  reluGradient: "MetamdReluGradient",
  /** {logits [n, c], labels int32 [n]} -> loss [n]. */
  softmaxCrossEntropy: "MetamdSoftmaxCrossEntropy",
  /** {logits [n, c], labels int32 [n]} -> softmax(logits) - onehot(labels) [n, c]: the gradient of the loss. */
  softmaxError: "MetamdSoftmaxError",
  /** {dx [n, h, w, c], input [n, h, w, c], output}, attributes of the pooling -> dx where each window's maximum is. */
  maxPoolGather: "MetamdMaxPoolGather",
  /** {x [..., c], scale [c], offset [c]}, {epsilon} -> [y [..., c], mean [c], biased variance [c]]. */
  batchNormTraining: "MetamdBatchNormTraining",
  /** {dy, x, scale, mean, variance}, {epsilon} -> [dx, dScale, dOffset]. */
  batchNormGradient: "MetamdBatchNormGradient",
} as const;

/** Runs a kernel of the present backend; second-order.ts says how ours are differentiated. */
export function runKernel(kernel: string, inputs: tf.NamedTensorMap, attributes: tf.NamedAttrMap = {}): Tensor[] {
  const result = tfjs().engine().runKernel(kernel, inputs, attributes);
  return (Array.isArray(result) ? result : [result]) as Tensor[];
}

/** Operations that are one kernel of ours; `ops` is their public face. */
export const fused = {
  softmaxCrossEntropy: (logits: Tensor, labels: Tensor): Tensor =>
    runKernel(FUSED_KERNELS.softmaxCrossEntropy, { logits, labels })[0]!,

  batchNormTraining(
    x: Tensor,
    scale: Tensor,
    offset: Tensor,
    epsilon: number,
  ): { y: Tensor; mean: Tensor; variance: Tensor } {
    const [y, mean, variance] = runKernel(FUSED_KERNELS.batchNormTraining, { x, scale, offset }, { epsilon });
    return { y: y!, mean: mean!, variance: variance! };
  },
};
