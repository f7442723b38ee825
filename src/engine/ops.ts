// The closed list of tensor operations that models, problems and optimisers are written in.
// Every engine implements all of them; nothing outside this folder imports tfjs. NaN of either sign goes through all.
import type * as tf from "@tensorflow/tfjs-core";
import { fused } from "./fused.js";
import { isLeftOut } from "./left-out.js";
import { lstm as lstmOf, type LstmInputs, type LstmResults } from "./lstm.js";
import { matrixOperations } from "./matrix-kernels.js";
import { scalarTensor } from "./memory.js";
import { rankOneSolve as rankOneSolveOf, type RankOneFactor } from "./rank-one-solve.js";
import { tfjs } from "./tfjs.js";

export type Tensor = tf.Tensor;
/** A tensor, or a number that is frozen into a compiled step (never a learning rate: that is a feed). */
export type Operand = Tensor | number;
export type { LstmInputs, LstmResults };

const operand = (value: Operand): Tensor => (typeof value === "number" ? scalarTensor(value) : value);

export const add = (a: Operand, b: Operand): Tensor => tfjs().add(operand(a), operand(b));
export const sub = (a: Operand, b: Operand): Tensor => tfjs().sub(operand(a), operand(b));
export const mul = (a: Operand, b: Operand): Tensor => tfjs().mul(operand(a), operand(b));
export const div = (a: Operand, b: Operand): Tensor => tfjs().div(operand(a), operand(b));
export const maximum = (a: Operand, b: Operand): Tensor => tfjs().maximum(operand(a), operand(b));
export const minimum = (a: Operand, b: Operand): Tensor => tfjs().minimum(operand(a), operand(b));
export const neg = (x: Tensor): Tensor => tfjs().neg(x);
export const square = (x: Tensor): Tensor => tfjs().square(x);
export const sqrt = (x: Tensor): Tensor => tfjs().sqrt(x);
export const exp = (x: Tensor): Tensor => tfjs().exp(x);
export const log = (x: Tensor): Tensor => tfjs().log(x);
export const abs = (x: Tensor): Tensor => tfjs().abs(x);
export const sign = (x: Tensor): Tensor => tfjs().sign(x);
export const tanh = (x: Tensor): Tensor => tfjs().tanh(x);
export const sigmoid = (x: Tensor): Tensor => tfjs().sigmoid(x);
export const zerosLike = (x: Tensor): Tensor => tfjs().zerosLike(x);
export const onesLike = (x: Tensor): Tensor => tfjs().onesLike(x);
/** 1 where a = b, else 0, as floats; not differentiable. */
export const equal = (a: Tensor, b: Tensor): Tensor => tfjs().cast(tfjs().equal(a, b), "float32");

/** Sums over axes (all when none is given). */
export const sum = (x: Tensor, axes?: number[], keepDims = false): Tensor => tfjs().sum(x, axes, keepDims);
/** Means over axes (all when none is given). */
export const mean = (x: Tensor, axes?: number[], keepDims = false): Tensor => tfjs().mean(x, axes, keepDims);
/** Index of the largest entry along the last axis, as integers, or of the first NaN; not differentiable. */
export const argMax = (x: Tensor): Tensor => tfjs().argMax(x, -1);

export const reshape = (x: Tensor, shape: readonly number[]): Tensor => tfjs().reshape(x, [...shape]);
export const transpose = (x: Tensor, permutation?: number[]): Tensor => tfjs().transpose(x, permutation);
/** Tensors side by side along an axis; every other side is the same. */
export const concat = (tensors: readonly Tensor[], axis: number): Tensor => tfjs().concat([...tensors], axis);
/** The part of x that begins at these indices and has these sides. */
export const slice = (x: Tensor, begin: readonly number[], size: readonly number[]): Tensor =>
  tfjs().slice(x, [...begin], [...size]);
/** The inverse of `concat`: parts of these sides along an axis. @param sides add up to the axis's side.
 *  tfjs has no gradient of a single part, and keeps the list that it returns for the gradient. */
export const split = (x: Tensor, sides: readonly number[], axis: number): Tensor[] =>
  sides.length === 1 ? [x] : [...tfjs().split(x, [...sides], axis)];
/** Matrix product of two matrices, either of them transposed first. */
export const matMul = (a: Tensor, b: Tensor, transposeA = false, transposeB = false): Tensor =>
  tfjs().matMul(a, b, transposeA, transposeB);

export interface Window {
  readonly stride: number;
  /** Zeros on each side. */
  readonly padding: number;
}
/** Two-dimensional cross-correlation: x [n, h, w, in] with kernel [kh, kw, in, out].
 *  TensorFlow's gradients know only "same" and "valid", so other paddings are zeros put around x. */
export function conv2d(x: Tensor, kernel: Tensor, { stride, padding }: Window): Tensor {
  const [height, width] = kernel.shape;
  const same = stride === 1 && 2 * padding === height! - 1 && height === width;
  const padded = same ? x : zerosAround(x, padding);
  return tfjs().conv2d(padded as tf.Tensor4D, kernel as tf.Tensor4D, stride, same ? "same" : "valid");
}
/** What lies under a kernel of the given size at each of its places: x [n, h, w, in] -> [n, oh, ow, kh * kw * in], the
 *  columns in the order of a kernel's (kh, kw, in); not differentiable. */
export const patches = (x: Tensor, size: readonly [number, number], { stride, padding }: Window): Tensor =>
  matrixOperations.patches(zerosAround(x, padding), size, stride);

/** Images [n, h, w, c] with `padding` zeros on each side. */
const zerosAround = (x: Tensor, padding: number): Tensor => aroundImages(x, padding, 0);

/** Images [n, h, w, c] with `padding` rows and columns of a value on each side. */
function aroundImages(x: Tensor, padding: number, value: number): Tensor {
  const none: [number, number] = [0, 0];
  const sides: [number, number] = [padding, padding];
  return padding === 0 ? x : tfjs().pad(x, [none, sides, sides, none], value);
}
/** Maximum over windows of size x size: x [n, h, w, c]. What lies outside x is in no maximum.
 *  @param window padding at most half the size; default: windows side by side, no padding. */
export function maxPool(x: Tensor, size: number, { stride, padding }: Window = { stride: size, padding: 0 }): Tensor {
  const padded = aroundImages(x, padding, -Infinity);
  return tfjs().maxPool(padded as tf.Tensor4D, size, stride, "valid");
}

/** max(x, 0), with the gradient as one fused operation. */
export const relu = (x: Tensor): Tensor => tfjs().relu(x);
/** Softmax cross-entropy per example: logits [n, classes], labels integer [n] -> [n]; gradient fused. */
export const softmaxCrossEntropy = (logits: Tensor, labels: Tensor): Tensor =>
  fused.softmaxCrossEntropy(logits, labels);
/** Batch normalisation with the statistics of the batch over all axes but the last: x [..., c], scale and offset [c].
 *  @returns y, and the batch's mean and biased variance [c] (not differentiated through). */
export const batchNormTraining = (
  x: Tensor,
  scale: Tensor,
  offset: Tensor,
  epsilon: number,
): { y: Tensor; mean: Tensor; variance: Tensor } => fused.batchNormTraining(x, scale, offset, epsilon);

/** K steps of an LSTM of two layers on n coordinates, which are columns: [i; j; f; o] = Wᵀ[x; h; 1], c' = σ(f)c + σ(i)tanh(j),
 *  h' = σ(o)tanh(c'), where the second layer's x is h₁'; u = wᵀ[h₂'; 1]. One kernel where the engine has it; differentiable
 *  once.
 *  @param inputs weights1 W₁ [d + H + 1, 4H], weights2 W₂ [2H + 1, 4H], output w [H + 1, 1]: of each the last row is the
 *  bias; input x [K, d, n]; h1, c1, h2, c2 [H, n].
 *  @returns u [K, n], and h1, c1, h2, c2 after the last step. */
export const lstm = (inputs: LstmInputs): LstmResults => lstmOf(inputs);

/** P of (I + l lᵀ) P (I + r rᵀ) = G. One kernel where the engine has it; not differentiated.
 *  @param g G of any shape whose numbers are those of [h, w], row-major. @param left l [h, 1]. @param right r [1, w].
 *  @returns P of the shape of g. */
export const rankOneSolve = (g: Tensor, left: RankOneFactor, right: RankOneFactor): Tensor =>
  rankOneSolveOf(g, left, right);

/** Diagonal [n] of a matrix [n, n]; not differentiable. */
export const diagonal = (x: Tensor): Tensor => matrixOperations.diagonal(x);
/** Eigenvalues [n], rising, and eigenvectors [n, n], as columns, of a symmetric matrix [n, n]; not differentiable. */
export const symmetricEigen = (x: Tensor): { values: Tensor; vectors: Tensor } =>
  isLeftOut("decomposition", x.shape[0]!)
    ? { values: matrixOperations.diagonal(x), vectors: x }
    : matrixOperations.symmetricEigen(x);
/** (x + shift I)⁻¹ of a symmetric matrix [n, n] that the shift makes positive definite; not differentiable. */
export const inverse = (x: Tensor, shift: Operand = 0): Tensor =>
  isLeftOut("inverse", x.shape[0]!) ? x : matrixOperations.inverse(x, operand(shift));
