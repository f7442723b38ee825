import { namedStream } from "../../src/core/rng.js";
import { sizeOf, type HostArray } from "../../src/engine/host.js";
import { tensorFrom } from "../../src/engine/memory.js";
import * as ops from "../../src/engine/ops.js";
import type { Tensor } from "../../src/engine/ops.js";

export type Tensors = Record<string, Tensor>;
/** An operation on inputs of these shapes. */
export interface Case {
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly f: (x: Tensors) => Tensor;
  /** Numbers are drawn from [from, from + 2): away from kinks and poles. */
  readonly from?: number;
  /** The value, worked out by hand for the inputs 1, 2, 3, ... (each input starts again at 1). */
  readonly counting?: readonly number[];
}

const V = [3];
const M = [2, 3];
const IMAGES = [2, 5, 5, 2];
const labels = (): Tensor => tensorFrom(Int32Array.of(2, 0), { shape: [2], dtype: "int32" });
/** All that a network gives, in rows. */
export const lstmResults = (inputs: Tensors): Tensor => {
  const { u, ...memory } = ops.lstm(inputs as unknown as Parameters<typeof ops.lstm>[0]);
  return ops.concat([u, ...Object.values(memory)], 0);
};
export const lstmShapes = (steps: number, d: number, hidden: number, n: number): Case["shapes"] => ({
  weights1: [d + hidden + 1, 4 * hidden],
  weights2: [2 * hidden + 1, 4 * hidden],
  output: [hidden + 1, 1],
  input: [steps, d, n],
  ...Object.fromEntries(["h1", "c1", "h2", "c2"].map((symbol) => [symbol, [hidden, n]])),
});
/** u, and h' and c' of both layers after a step of one unit each, where every input counts from 1. */
function countedLstm(): number[] {
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
  const cell = (x: number): [h: number, c: number] => {
    const gates = [1, 2, 3, 4].map((w) => w * x + (w + 4) + (w + 8));
    const [i, j, f, o] = gates as [number, number, number, number];
    const c = sigmoid(f) + sigmoid(i) * Math.tanh(j);
    return [sigmoid(o) * Math.tanh(c), c];
  };
  const [h1, c1] = cell(1);
  const [h2, c2] = cell(h1);
  return [h2 + 2, h1, c1, h2, c2];
}
/** Every operation at least once. */
export const CASES: Readonly<Record<string, Case>> = {
  add: { shapes: { a: M, b: V }, f: ({ a, b }) => ops.add(a!, b!), counting: [2, 4, 6, 5, 7, 9] },
  "add a number": { shapes: { a: V }, f: ({ a }) => ops.add(a!, 0.5), counting: [1.5, 2.5, 3.5] },
  sub: { shapes: { a: M, b: V }, f: ({ a, b }) => ops.sub(a!, b!), counting: [0, 0, 0, 3, 3, 3] },
  "sub from a number": { shapes: { a: V }, f: ({ a }) => ops.sub(1, a!), counting: [0, -1, -2] },
  mul: { shapes: { a: M, b: [2, 1] }, f: ({ a, b }) => ops.mul(a!, b!), counting: [1, 2, 3, 8, 10, 12] },
  "mul by a scalar": { shapes: { a: V, b: [] }, f: ({ a, b }) => ops.mul(b!, a!), counting: [1, 2, 3] },
  div: { shapes: { a: M, b: V }, f: ({ a, b }) => ops.div(a!, b!), from: 1, counting: [1, 1, 1, 4, 2.5, 2] },
  maximum: { shapes: { a: V, b: V }, f: ({ a, b }) => ops.maximum(a!, ops.sub(4, b!)), counting: [3, 2, 3] },
  minimum: { shapes: { a: V, b: V }, f: ({ a, b }) => ops.minimum(a!, ops.sub(4, b!)), counting: [1, 2, 1] },
  neg: { shapes: { a: V }, f: ({ a }) => ops.neg(a!), counting: [-1, -2, -3] },
  square: { shapes: { a: V }, f: ({ a }) => ops.square(a!), counting: [1, 4, 9] },
  sqrt: { shapes: { a: V }, f: ({ a }) => ops.sqrt(a!), from: 1, counting: [1, Math.SQRT2, Math.sqrt(3)] },
  exp: { shapes: { a: V }, f: ({ a }) => ops.exp(a!), counting: [Math.E, Math.exp(2), Math.exp(3)] },
  log: { shapes: { a: V }, f: ({ a }) => ops.log(a!), from: 1, counting: [0, Math.LN2, Math.log(3)] },
  abs: { shapes: { a: V }, f: ({ a }) => ops.abs(ops.sub(a!, 2)), from: 3, counting: [1, 0, 1] },
  sign: { shapes: { a: V }, f: ({ a }) => ops.sign(ops.sub(a!, 2)), from: 3, counting: [-1, 0, 1] },
  tanh: { shapes: { a: V }, f: ({ a }) => ops.tanh(a!), counting: [1, 2, 3].map(Math.tanh) },
  sigmoid: { shapes: { a: V }, f: ({ a }) => ops.sigmoid(a!), counting: [1, 2, 3].map((x) => 1 / (1 + Math.exp(-x))) },
  "sum of all": { shapes: { a: M }, f: ({ a }) => ops.sum(a!), counting: [21] },
  "sum over rows": { shapes: { a: M }, f: ({ a }) => ops.sum(a!, [0]), counting: [5, 7, 9] },
  "sum, sides kept": { shapes: { a: M }, f: ({ a }) => ops.sum(a!, [1], true), counting: [6, 15] },
  "sum over outer sides": { shapes: { a: [2, 3, 2] }, f: ({ a }) => ops.sum(a!, [0, 2]), counting: [18, 26, 34] },
  "mean of all": { shapes: { a: M }, f: ({ a }) => ops.mean(a!), counting: [3.5] },
  "mean over columns": { shapes: { a: M }, f: ({ a }) => ops.mean(a!, [1]), counting: [2, 5] },
  reshape: { shapes: { a: M }, f: ({ a }) => ops.reshape(a!, [3, -1]), counting: [1, 2, 3, 4, 5, 6] },
  transpose: { shapes: { a: M }, f: ({ a }) => ops.transpose(a!), counting: [1, 4, 2, 5, 3, 6] },
  "transpose, given axes": {
    shapes: { a: [2, 1, 3] },
    f: ({ a }) => ops.transpose(a!, [2, 0, 1]),
    counting: [1, 4, 2, 5, 3, 6],
  },
  "concat of columns": {
    shapes: { a: M, b: [2, 1] },
    f: ({ a, b }) => ops.concat([a!, b!], 1),
    counting: [1, 2, 3, 1, 4, 5, 6, 2],
  },
  "concat of rows": {
    shapes: { a: [1, 2], b: [1, 2] },
    f: ({ a, b }) => ops.concat([a!, b!], 0),
    counting: [1, 2, 1, 2],
  },
  slice: { shapes: { a: [3, 3] }, f: ({ a }) => ops.slice(a!, [1, 0], [2, 2]), counting: [4, 5, 7, 8] },
  "split of columns": {
    shapes: { a: [2, 4] },
    f: ({ a }) => ops.concat(ops.split(a!, [1, 3], 1).reverse(), 1),
    counting: [2, 3, 4, 1, 6, 7, 8, 5],
  },
  "split of rows": {
    shapes: { a: [4, 1] },
    f: ({ a }) => ops.concat(ops.split(a!, [1, 1, 2], 0).reverse(), 0),
    counting: [3, 4, 2, 1],
  },
  "split into one part": { shapes: { a: M }, f: ({ a }) => ops.split(a!, [3], 1)[0]!, counting: [1, 2, 3, 4, 5, 6] },
  matMul: { shapes: { a: M, b: [3, 2] }, f: ({ a, b }) => ops.matMul(a!, b!), counting: [22, 28, 49, 64] },
  "matMul, first transposed": {
    shapes: { a: [3, 2], b: [3, 2] },
    f: ({ a, b }) => ops.matMul(a!, b!, true),
    counting: [35, 44, 44, 56],
  },
  "matMul, second transposed": {
    shapes: { a: M, b: M },
    f: ({ a, b }) => ops.matMul(a!, b!, false, true),
    counting: [14, 32, 32, 77],
  },
  "matMul, both transposed": {
    shapes: { a: [3, 2], b: [2, 3] },
    f: ({ a, b }) => ops.matMul(a!, b!, true, true),
    counting: [22, 49, 28, 64],
  },
  "matMul with a column": { shapes: { a: M, b: [3, 1] }, f: ({ a, b }) => ops.matMul(a!, b!), counting: [14, 32] },
  "conv2d of a pixel": {
    shapes: { a: [1, 2, 2, 1], b: [1, 1, 1, 2] },
    f: ({ a, b }) => ops.conv2d(a!, b!, { stride: 1, padding: 0 }),
    counting: [1, 2, 2, 4, 3, 6, 4, 8],
  },
  "conv2d, valid": {
    shapes: { a: [1, 3, 3, 1], b: [2, 2, 1, 1] },
    f: ({ a, b }) => ops.conv2d(a!, b!, { stride: 1, padding: 0 }),
    counting: [37, 47, 67, 77],
  },
  "conv2d, same": {
    shapes: { a: IMAGES, b: [3, 3, 2, 3] },
    f: ({ a, b }) => ops.conv2d(a!, b!, { stride: 1, padding: 1 }),
  },
  "conv2d, same, 5x5": {
    shapes: { a: IMAGES, b: [5, 5, 2, 2] },
    f: ({ a, b }) => ops.conv2d(a!, b!, { stride: 1, padding: 2 }),
  },
  "conv2d, stride 2": {
    shapes: { a: IMAGES, b: [3, 3, 2, 3] },
    f: ({ a, b }) => ops.conv2d(a!, b!, { stride: 2, padding: 0 }),
  },
  "conv2d, stride 2, padded": {
    shapes: { a: IMAGES, b: [3, 3, 2, 3] },
    f: ({ a, b }) => ops.conv2d(a!, b!, { stride: 2, padding: 1 }),
  },
  "conv2d of every second pixel": {
    shapes: { a: IMAGES, b: [1, 1, 2, 3] },
    f: ({ a, b }) => ops.conv2d(a!, b!, { stride: 2, padding: 0 }),
  },
  "conv2d, wide padding": {
    shapes: { a: IMAGES, b: [2, 2, 2, 3] },
    f: ({ a, b }) => ops.conv2d(a!, b!, { stride: 1, padding: 2 }),
  },
  maxPool: { shapes: { a: [1, 2, 4, 1] }, f: ({ a }) => ops.maxPool(a!, 2), counting: [6, 8] },
  "maxPool, a row left over": { shapes: { a: IMAGES }, f: ({ a }) => ops.maxPool(a!, 2) },
  "maxPool of negative numbers": { shapes: { a: IMAGES }, f: ({ a }) => ops.maxPool(a!, 2), from: -3 },
  "maxPool, overlapping and padded": {
    shapes: { a: [1, 3, 3, 1] },
    f: ({ a }) => ops.maxPool(ops.neg(a!), 3, { stride: 2, padding: 1 }),
    counting: [-1, -2, -4, -5], // zeros around would be the maximum
  },
  "maxPool, padded, of images": {
    shapes: { a: [2, 6, 5, 2] },
    f: ({ a }) => ops.maxPool(a!, 3, { stride: 2, padding: 1 }),
  },
  relu: { shapes: { a: V }, f: ({ a }) => ops.relu(ops.sub(a!, 2)), from: 1.2, counting: [0, 0, 1] },
  softmaxCrossEntropy: {
    shapes: { a: M },
    f: ({ a }) => ops.softmaxCrossEntropy(a!, labels()),
    counting: [2, 0].map((label) => Math.log(1 + Math.exp(-1) + Math.exp(-2)) + 2 - label),
  },
  batchNormTraining: {
    shapes: { a: [4, 2], b: [2], c: [2] },
    f: ({ a, b, c }) => ops.batchNormTraining(a!, b!, c!, 0).y,
    counting: [-3, -1, 1, 3].flatMap((x) => [x / Math.sqrt(5) + 1, (2 * x) / Math.sqrt(5) + 2]),
  },
  lstm: { shapes: lstmShapes(1, 1, 1, 1), f: lstmResults, counting: countedLstm() },
  "lstm of several units": { shapes: lstmShapes(1, 2, 3, 4), f: lstmResults },
  "lstm of several steps": { shapes: lstmShapes(3, 2, 2, 3), f: lstmResults },
  "batchNormTraining of images": {
    shapes: { a: [2, 3, 3, 2], b: [2], c: [2] },
    f: ({ a, b, c }) => ops.batchNormTraining(a!, b!, c!, 1e-3).y,
  },
};

/** Inputs of given values, by place. */
export const inputsOf = (shapes: Case["shapes"], value: (i: number) => number): Record<string, Float64Array> =>
  Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [
      name,
      Float64Array.from({ length: sizeOf(shape) }, (_, i) => value(i)),
    ]),
  );
/** The same random inputs for every call. */
export const randomInputs = ({ shapes, from = -1 }: Case): Record<string, Float64Array> => {
  const uniform = namedStream(0, "operands");
  return inputsOf(shapes, () => from + 2 * uniform());
};
/** Inputs as tensors of the present engine. */
export const tensorsOf = ({ shapes }: Case, inputs: Readonly<Record<string, HostArray>>): Tensors =>
  Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, tensorFrom(inputs[name]!, { shape, dtype: "float32" })]),
  );

/** Weights that make a scalar of f: no two alike, so that mixed-up entries show. */
export const weightsOf = (size: number): Float64Array => Float64Array.from({ length: size }, (_, i) => Math.cos(1 + i));
