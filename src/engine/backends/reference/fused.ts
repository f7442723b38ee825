import { FUSED_KERNELS } from "../../fused.js";
import { maxPoolGather } from "./convolution.js";
import type { Plain, PlainCall, PlainKernels } from "./plain.js";

function reluGradient({ inputs, allocate }: PlainCall): Plain {
  const { dy, y } = inputs as { dy: Plain; y: Plain };
  const out = allocate(y.values.length);
  for (let i = 0; i < out.length; i++) {
    const value = y.values[i]!;
    out[i] = value > 0 ? dy.values[i]! : value <= 0 ? 0 : NaN;
  }
  return { ...y, values: out };
}

/** Loss per row: log sum exp(z) - z[label]. A label outside the classes gives NaN. */
function softmaxCrossEntropy({ inputs, allocate }: PlainCall): Plain {
  const { logits, labels } = inputs as { logits: Plain; labels: Plain };
  const [rows, classes] = logits.shape as [number, number];
  const loss = allocate(rows);
  for (let row = 0; row < rows; row++) {
    const z = logits.values.subarray(row * classes, (row + 1) * classes);
    const { largest, total } = exponentials(z);
    loss[row] = Math.log(total) - (z[labels.values[row]!]! - largest);
  }
  return { shape: [rows], dtype: "float32", values: loss };
}

/** softmax(z) - onehot(label) per row. */
function softmaxError({ inputs, allocate }: PlainCall): Plain {
  const { logits, labels } = inputs as { logits: Plain; labels: Plain };
  const [rows, classes] = logits.shape as [number, number];
  const error = allocate(rows * classes);
  for (let row = 0; row < rows; row++) {
    const z = logits.values.subarray(row * classes, (row + 1) * classes);
    const { largest, total } = exponentials(z);
    for (let c = 0; c < classes; c++) {
      error[row * classes + c] = Math.exp(z[c]! - largest) / total - (c === labels.values[row] ? 1 : 0);
    }
  }
  return { shape: logits.shape, dtype: "float32", values: error };
}

/** The largest entry, and the sum of exp(z - largest). */
function exponentials(z: ArrayLike<number>): { largest: number; total: number } {
  let largest = -Infinity;
  for (let c = 0; c < z.length; c++) largest = Math.max(largest, z[c]!);
  let total = 0;
  for (let c = 0; c < z.length; c++) total += Math.exp(z[c]! - largest);
  return { largest, total };
}

/** y = scale (x - mean) / sqrt(variance + epsilon) + offset, by channel (last axis). */
function batchNormTraining({ inputs, attributes, allocate }: PlainCall<{ epsilon: number }>): Plain[] {
  const { x, scale, offset } = inputs as { x: Plain; scale: Plain; offset: Plain };
  const channels = scale.values.length;
  const count = x.values.length / channels;
  const [mean, variance, y] = [allocate(channels), allocate(channels), allocate(x.values.length)];
  for (let i = 0; i < y.length; i++) mean[i % channels]! += x.values[i]! / count;
  for (let i = 0; i < y.length; i++) variance[i % channels]! += (x.values[i]! - mean[i % channels]!) ** 2 / count;
  for (let i = 0; i < y.length; i++) {
    const c = i % channels;
    const normalised = (x.values[i]! - mean[c]!) / Math.sqrt(variance[c]! + attributes.epsilon);
    y[i] = normalised * scale.values[c]! + offset.values[c]!;
  }
  return [
    { ...x, values: y },
    { ...scale, values: mean },
    { ...scale, values: variance },
  ];
}

/** With h = (x - mean) / std: dOffset = sum dy; dScale = sum dy h;
 *  dx = scale / std (dy - dOffset / count - h dScale / count). */
function batchNormGradient({ inputs, attributes, allocate }: PlainCall<{ epsilon: number }>): Plain[] {
  const { dy, x, scale, mean, variance } = inputs as Record<"dy" | "x" | "scale" | "mean" | "variance", Plain>;
  const channels = scale.values.length;
  const count = x.values.length / channels;
  const std = variance.values.map((v) => Math.sqrt(v + attributes.epsilon));
  const [dx, dScale, dOffset] = [allocate(x.values.length), allocate(channels), allocate(channels)];
  const normalised = (i: number, c: number): number => (x.values[i]! - mean.values[c]!) / std[c]!;
  for (let i = 0; i < dx.length; i++) {
    const c = i % channels;
    dOffset[c]! += dy.values[i]!;
    dScale[c]! += dy.values[i]! * normalised(i, c);
  }
  for (let i = 0; i < dx.length; i++) {
    const c = i % channels;
    const centred = dy.values[i]! - dOffset[c]! / count - (normalised(i, c) * dScale[c]!) / count;
    dx[i] = (scale.values[c]! / std[c]!) * centred;
  }
  return [
    { ...x, values: dx },
    { ...scale, values: dScale },
    { ...scale, values: dOffset },
  ];
}

export const fusedKernels: PlainKernels = {
  [FUSED_KERNELS.reluGradient]: reluGradient,
  [FUSED_KERNELS.softmaxCrossEntropy]: softmaxCrossEntropy,
  [FUSED_KERNELS.softmaxError]: softmaxError,
  [FUSED_KERNELS.maxPoolGather]: maxPoolGather,
  [FUSED_KERNELS.batchNormTraining]: batchNormTraining,
  [FUSED_KERNELS.batchNormGradient]: batchNormGradient,
};
