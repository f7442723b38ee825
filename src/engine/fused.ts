import type * as tf from "@tensorflow/tfjs-core";
import { tfjs } from "./tfjs.js";

type Tensor = tf.Tensor;

/** Kernels of our own, registered under these names by every backend. All arrays are row-major. */
export const FUSED_KERNELS = {
  /** {dy, y} -> dx: dy where y > 0, else 0. */
  reluGradient: "MetamdReluGradient",
  /** {logits [n, c], labels int32 [n]} -> [loss [n], softmax(logits) - onehot(labels) [n, c]]. */
  softmaxCrossEntropy: "MetamdSoftmaxCrossEntropy",
  /** {x [..., c], scale [c], offset [c]}, {epsilon} -> [y [..., c], mean [c], biased variance [c]]. */
  batchNormTraining: "MetamdBatchNormTraining",
  /** {dy, x, scale, mean, variance}, {epsilon} -> [dx, dScale, dOffset]. */
  batchNormGradient: "MetamdBatchNormGradient",
} as const;

/** Runs a kernel of ours. */
export function runKernel(kernel: string, inputs: tf.NamedTensorMap, attributes: tf.NamedAttrMap = {}): Tensor[] {
  const result = tfjs().engine().runKernel(kernel, inputs, attributes);
  return (Array.isArray(result) ? result : [result]) as Tensor[];
}

/** Operations whose gradient is one kernel; `ops` is their public face. */
export const fused = {
  relu(x: Tensor): Tensor {
    const f = tfjs().customGrad((input, save) => {
      const y = tfjs().relu(input as Tensor);
      (save as tf.GradSaveFunc)([y]);
      return { value: y, gradFunc: (dy, [saved]) => runKernel(FUSED_KERNELS.reluGradient, { dy, y: saved! })[0]! };
    });
    return f(x);
  },

  softmaxCrossEntropy(logits: Tensor, labels: Tensor): Tensor {
    const f = tfjs().customGrad((x, save) => {
      const [loss, backprop] = runKernel(FUSED_KERNELS.softmaxCrossEntropy, { logits: x as Tensor, labels });
      (save as tf.GradSaveFunc)([backprop!]);
      return { value: loss!, gradFunc: (dy, [saved]) => tfjs().mul(tfjs().expandDims(dy, 1), saved!) };
    });
    return f(logits);
  },

  batchNormTraining(
    x: Tensor,
    scale: Tensor,
    offset: Tensor,
    epsilon: number,
  ): { y: Tensor; mean: Tensor; variance: Tensor } {
    // Run outside customGrad, which would dispose the statistics with everything else that it does not return.
    const outputs = runKernel(FUSED_KERNELS.batchNormTraining, { x, scale, offset }, { epsilon });
    const [value, mean, variance] = outputs as [Tensor, Tensor, Tensor];
    const f = tfjs().customGrad((...args: (Tensor | tf.GradSaveFunc)[]) => {
      const [xIn, scaleIn, , save] = args as [Tensor, Tensor, Tensor, tf.GradSaveFunc];
      save([xIn, scaleIn, mean, variance]);
      return {
        value: value.clone(),
        gradFunc: (dy: Tensor, saved: Tensor[]) => {
          const [sx, sscale, smean, svariance] = saved as [Tensor, Tensor, Tensor, Tensor];
          const gradients = { dy, x: sx, scale: sscale, mean: smean, variance: svariance };
          return runKernel(FUSED_KERNELS.batchNormGradient, gradients, { epsilon });
        },
      };
    });
    return { y: f(x, scale, offset), mean, variance };
  },
};
