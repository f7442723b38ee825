import type { KernelConfig, KernelFunc, NamedTensorInfoMap, Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { FUSED_KERNELS } from "../../fused.js";
import { sizeOf } from "../../host.js";
import { tfjs } from "../../tfjs.js";
import type { NativeAttribute, NativeBackend } from "./native.js";

interface Call {
  readonly inputs: NamedTensorInfoMap;
  readonly backend: NativeBackend;
  readonly attrs: PoolAttributes & { readonly epsilon: number; readonly filterShape: [number, number, number, number] };
}

/** Channels from which on oneDNN's gradient of 1 x 1 filters stays within its memory, whatever the strides. */
const ENOUGH_CHANNELS = 16;

export interface PoolAttributes {
  readonly filterSize: [number, number] | number;
  readonly strides: [number, number] | number;
  readonly pad: "same" | "valid";
}

/** Our fused kernels as TensorFlow operations, and those of tfjs-node's in whose place ours pass NaN on. */
const KERNELS: Readonly<Record<string, (call: Call) => Tensor | Tensor[]>> = {
  /** The sign of y is 1, 0 or NaN; ReluGrad takes NaN for 0. */
  [FUSED_KERNELS.reluGradient]({ inputs }) {
    const { dy, y } = inputs as Record<string, Tensor>;
    return tfjs().mul(dy!, tfjs().sign(y!));
  },

  /** TensorFlow's maximum passes over NaN: a mean of the windows' signs, which are finite but for NaN, brings it back. */
  MaxPool({ inputs, backend, attrs }) {
    const x = inputs.x as Tensor4D;
    const largest = backend.executeSingleOutput("MaxPool", poolAttributes(backend, x, attrs), [x]);
    const signs = tfjs().avgPool(tfjs().sign(x), attrs.filterSize, attrs.strides, attrs.pad);
    return tfjs().add(largest, tfjs().mul(signs, 0));
  },

  /** TensorFlow's passes over NaN: where a maximum is NaN, so is what comes back. */
  MaxPoolGrad({ inputs, backend, attrs }) {
    const { dy, input, output } = inputs as Record<string, Tensor>;
    const reported = tfjs().add(dy!, tfjs().mul(tfjs().sign(output!), 0));
    const attributes = poolAttributes(backend, input!, attrs);
    return backend.executeSingleOutput("MaxPoolGrad", attributes, [input!, output!, reported]);
  },

  /** TensorFlow's passes over NaN: rows that have any are searched for the first of them. */
  ArgMax({ inputs, backend }) {
    const x = inputs.x as Tensor;
    const flaws = tfjs().cast(tfjs().isNaN(x), "float32");
    const searched = tfjs().where(tfjs().greater(tfjs().sum(flaws, -1, true), 0), flaws, x);
    const types = [floats(backend, "T"), type(backend, "output_type", backend.binding.TF_INT32)];
    const axis = tfjs().scalar(-1, "int32");
    return backend.executeSingleOutput("ArgMax", types, [searched, axis]);
  },

  /** Where threads have unequal numbers of images, oneDNN writes beyond the gradient of 1 x 1 filters of few channels that
   *  skip pixels. It is the gradient of filters that meet each of the pixels that these meet. */
  Conv2DBackpropFilter({ inputs, backend, attrs: { filterShape, strides, pad } }) {
    const { x, dy } = inputs as Record<string, Tensor4D>;
    const [height, width, channels] = filterShape;
    const skips = tfjs().backend_util.computeConv2DInfo(x!.shape, filterShape, strides, 1, pad);
    const steps = [skips.strideHeight, skips.strideWidth] as const;
    const isUnsafe = height * width === 1 && Math.max(...steps) > 1 && channels < ENOUGH_CHANNELS;
    const met = isUnsafe ? tfjs().stridedSlice(x!, [0, 0, 0, 0], x!.shape, [1, ...steps, 1]) : x!;
    const { TF_ATTR_BOOL, TF_ATTR_INT, TF_ATTR_STRING } = backend.binding;
    const attributes = [
      floats(backend, "T"),
      { name: "strides", type: TF_ATTR_INT, value: isUnsafe ? [1, 1, 1, 1] : [1, ...steps, 1] },
      { name: "padding", type: TF_ATTR_STRING, value: skips.padInfo.type },
      { name: "data_format", type: TF_ATTR_STRING, value: "NHWC" },
      { name: "use_cudnn_on_gpu", type: TF_ATTR_BOOL, value: true },
      { name: "dilations", type: TF_ATTR_INT, value: [1, 1, 1, 1] },
    ];
    const sizes = tfjs().tensor1d(filterShape, "int32");
    return backend.executeSingleOutput("Conv2DBackpropFilter", attributes, [met, sizes, dy!]);
  },

  [FUSED_KERNELS.softmaxCrossEntropy]: (call) => softmaxLossAndError(call)[0]!,

  /** The same operation again: the session merges the two. */
  [FUSED_KERNELS.softmaxError]: (call) => softmaxLossAndError(call)[1]!,

  [FUSED_KERNELS.maxPoolGather]({ inputs, backend, attrs }) {
    const { dx, input, output } = inputs as Record<string, Tensor>;
    const attributes = poolAttributes(backend, input!, attrs);
    return backend.executeSingleOutput("MaxPoolGradGrad", attributes, [input!, output!, dx!]);
  },

  [FUSED_KERNELS.batchNormTraining]({ inputs, backend, attrs }) {
    const { x, scale, offset } = inputs as Record<string, Tensor>;
    const channels = scale!.size;
    const empty = tfjs().tensor1d([], "float32");
    const outputs = backend.executeMultipleOutputs(
      "FusedBatchNormV3",
      [...batchNormAttributes(backend, attrs.epsilon), float(backend, "exponential_avg_factor", 1)],
      [asImages(x!, channels), scale!, offset!, empty, empty],
      6,
    );
    // Output 2 is the unbiased variance; the biased one follows from it: n / (n - 1) is undone.
    const count = x!.size / channels;
    const variance = tfjs().mul(outputs[2]!, (count - 1) / Math.max(count, 1));
    return [tfjs().reshape(outputs[0]!, x!.shape), outputs[1]!, variance];
  },

  [FUSED_KERNELS.batchNormGradient]({ inputs, backend, attrs }) {
    const { dy, x, scale, mean, variance } = inputs as Record<string, Tensor>;
    const channels = scale!.size;
    // What the forward operation would have reserved: the variance on the CPU, 1/std on a GPU.
    const reserved = backend.binding.isUsingGpuDevice()
      ? tfjs().rsqrt(tfjs().add(variance!, attrs.epsilon))
      : variance!;
    const outputs = backend.executeMultipleOutputs(
      "FusedBatchNormGradV3",
      batchNormAttributes(backend, attrs.epsilon),
      [asImages(dy!, channels), asImages(x!, channels), scale!, mean!, reserved, tfjs().tensor1d([], "float32")],
      5,
    );
    return [tfjs().reshape(outputs[0]!, x!.shape), outputs[1]!, outputs[2]!];
  },
};

/** Registers these kernels for tfjs-node's backend. */
export const registerKernels = (): void => registerAll(KERNELS);

/** Registers kernels for tfjs-node's backend, in the place of its own of the same names. */
export function registerAll<Given>(kernels: Readonly<Record<string, (call: Given) => Tensor | Tensor[]>>): void {
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    const present = tfjs().getKernel(kernelName, "tensorflow") as KernelConfig | undefined;
    if (present !== undefined) tfjs().unregisterKernel(kernelName, "tensorflow");
    tfjs().registerKernel({ kernelName, backendName: "tensorflow", kernelFunc: kernel as unknown as KernelFunc });
  }
}

/** The geometry of a pooling of images x. */
export const poolInfo = (
  x: Tensor,
  { filterSize, strides, pad }: PoolAttributes,
): ReturnType<ReturnType<typeof tfjs>["backend_util"]["computePool2DInfo"]> =>
  tfjs().backend_util.computePool2DInfo(x.shape as [number, number, number, number], filterSize, strides, 1, pad);

/** Attributes of a pooling of images x, as TensorFlow takes them. */
function poolAttributes(backend: NativeBackend, x: Tensor, attributes: PoolAttributes): NativeAttribute[] {
  const g = poolInfo(x, attributes);
  const { TF_ATTR_INT, TF_ATTR_STRING } = backend.binding;
  return [
    floats(backend, "T"),
    { name: "ksize", type: TF_ATTR_INT, value: [1, g.filterHeight, g.filterWidth, 1] },
    { name: "strides", type: TF_ATTR_INT, value: [1, g.strideHeight, g.strideWidth, 1] },
    { name: "padding", type: TF_ATTR_STRING, value: g.padInfo.type },
    { name: "data_format", type: TF_ATTR_STRING, value: "NHWC" },
  ];
}

function softmaxLossAndError({ inputs, backend }: Call): Tensor[] {
  const { logits, labels } = inputs as Record<string, Tensor>;
  const types = [floats(backend, "T"), type(backend, "Tlabels", backend.binding.TF_INT32)];
  return backend.executeMultipleOutputs("SparseSoftmaxCrossEntropyWithLogits", types, [logits!, labels!], 2);
}

const type = ({ binding }: NativeBackend, name: string, value: number): NativeAttribute => ({
  name,
  type: binding.TF_ATTR_TYPE,
  value,
});
/** The attribute that a type is float. */
export const floats = (backend: NativeBackend, name: string): NativeAttribute =>
  type(backend, name, backend.binding.TF_FLOAT);
const float = ({ binding }: NativeBackend, name: string, value: number): NativeAttribute => ({
  name,
  type: binding.TF_ATTR_FLOAT,
  value,
});

function batchNormAttributes(backend: NativeBackend, epsilon: number): NativeAttribute[] {
  const { binding } = backend;
  return [
    floats(backend, "T"),
    floats(backend, "U"),
    float(backend, "epsilon", epsilon),
    { name: "data_format", type: binding.TF_ATTR_STRING, value: "NHWC" },
    { name: "is_training", type: binding.TF_ATTR_BOOL, value: true },
  ];
}

/** The fused operation takes images; anything else becomes images of one pixel. */
function asImages(x: Tensor, channels: number): Tensor {
  return x.rank === 4 ? x : tfjs().reshape(x, [sizeOf(x.shape) / channels, 1, 1, channels]);
}
