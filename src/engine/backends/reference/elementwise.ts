import type { DataType } from "@tensorflow/tfjs-core";
import { sizeOf } from "../../host.js";
import {
  offsets,
  stridesOf,
  type Plain,
  type PlainCall,
  type PlainKernel,
  type PlainKernels,
  type Values,
} from "./plain.js";

/** f of every entry. */
const unary =
  (f: (x: number) => number): PlainKernel =>
  ({ inputs, allocate }) => {
    const { x } = inputs as { x: Plain };
    const out = x.dtype === "float32" ? allocate(x.values.length) : new Int32Array(x.values.length);
    for (let i = 0; i < out.length; i++) out[i] = f(x.values[i]!);
    return { ...x, values: out };
  };

/** f of pairs of entries, shapes broadcast against each other from the right. */
const binary =
  (f: (a: number, b: number) => number, compares = false): PlainKernel =>
  ({ inputs, allocate }) => {
    const { a, b } = inputs as { a: Plain; b: Plain };
    const shape = broadcast(a.shape, b.shape);
    const size = sizeOf(shape);
    const dtype: DataType = compares ? "bool" : a.dtype;
    const out: Values = compares ? new Uint8Array(size) : dtype === "float32" ? allocate(size) : new Int32Array(size);
    const [x, y] = [a.values, b.values];
    if (x.length === size && y.length === size) {
      for (let i = 0; i < size; i++) out[i] = f(x[i]!, y[i]!);
    } else {
      const [fromA, fromB] = [broadcastOffsets(a.shape, shape), broadcastOffsets(b.shape, shape)];
      for (let i = 0; i < size; i++) out[i] = f(x[fromA[i]!]!, y[fromB[i]!]!);
    }
    return { shape, dtype, values: out };
  };

function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [sideA, sideB] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
    return sideA === 1 ? sideB : sideA;
  });
}

/** Where in an array of one shape each entry of its broadcast to another lies. */
function broadcastOffsets(from: readonly number[], to: readonly number[]): Int32Array {
  const own = stridesOf(from);
  const skipped = to.length - from.length;
  return offsets(
    to,
    to.map((_, axis) => (axis < skipped || from[axis - skipped] === 1 ? 0 : own[axis - skipped]!)),
  );
}

function cast({ inputs, attributes, allocate }: PlainCall<{ dtype: DataType }>): Plain {
  const { x } = inputs as { x: Plain };
  const { dtype } = attributes;
  const size = x.values.length;
  const out = dtype === "float32" ? allocate(size) : dtype === "bool" ? new Uint8Array(size) : new Int32Array(size);
  for (let i = 0; i < size; i++) out[i] = dtype === "bool" ? Number(x.values[i] !== 0) : x.values[i]!;
  return { shape: x.shape, dtype, values: out };
}

export const elementwise: PlainKernels = {
  Add: binary((a, b) => a + b),
  Sub: binary((a, b) => a - b),
  Multiply: binary((a, b) => a * b),
  RealDiv: binary((a, b) => a / b),
  Maximum: binary(Math.max),
  Minimum: binary(Math.min),
  Equal: binary((a, b) => Number(a === b), true),
  Greater: binary((a, b) => Number(a > b), true),
  GreaterEqual: binary((a, b) => Number(a >= b), true),
  Less: binary((a, b) => Number(a < b), true),
  LessEqual: binary((a, b) => Number(a <= b), true),
  Neg: unary((x) => -x),
  Square: unary((x) => x * x),
  Sqrt: unary(Math.sqrt),
  Exp: unary(Math.exp),
  Log: unary(Math.log),
  Abs: unary(Math.abs),
  Sign: unary(Math.sign),
  Tanh: unary(Math.tanh),
  Sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  Relu: unary((x) => (x > 0 || Number.isNaN(x) ? x : 0)),
  Step: ({ inputs, attributes, allocate }: PlainCall<{ alpha: number }>) =>
    unary((x) => (x > 0 ? 1 : Number.isNaN(x) ? x : attributes.alpha))({ inputs, attributes, allocate }),
  ZerosLike: unary(() => 0),
  OnesLike: unary(() => 1),
  Cast: cast,
};
