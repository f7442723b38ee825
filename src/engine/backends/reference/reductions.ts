import { sizeOf } from "../../host.js";
import {
  isBeyond,
  offsets,
  stridesOf,
  type Plain,
  type PlainCall,
  type PlainKernel,
  type PlainKernels,
} from "./plain.js";

/** Sums over axes (all when none is given), divided by what `divisor` makes of the number of terms. */
const reduction =
  (divisor: (terms: number) => number): PlainKernel<{ axis?: number | number[]; keepDims: boolean }> =>
  ({ inputs, attributes, allocate }) => {
    const { x } = inputs as { x: Plain };
    const axes = axesOf(attributes.axis, x.shape.length);
    const kept = x.shape.map((side, axis) => (axes.has(axis) ? 1 : side));
    const strides = stridesOf(kept).map((stride, axis) => (axes.has(axis) ? 0 : stride));
    const out = allocate(sizeOf(kept));
    const into = offsets(x.shape, strides);
    for (let i = 0; i < into.length; i++) out[into[i]!]! += x.values[i]!;
    const count = divisor(x.values.length / out.length);
    if (count !== 1) for (let i = 0; i < out.length; i++) out[i]! /= count;
    const shape = attributes.keepDims ? kept : x.shape.filter((_, axis) => !axes.has(axis));
    const values = x.dtype === "float32" || count !== 1 ? out : Int32Array.from(out);
    return { shape, dtype: values instanceof Int32Array ? "int32" : "float32", values };
  };

function axesOf(axis: number | number[] | undefined, rank: number): Set<number> {
  const given = axis === undefined || axis === null ? [...Array(rank).keys()] : Array.isArray(axis) ? axis : [axis];
  return new Set(given.map((each) => (each < 0 ? each + rank : each)));
}

/** Index of the largest entry along the last axis, the first of equals, of the first NaN where there is one. */
export function argMax({ inputs }: PlainCall): Plain {
  const { x } = inputs as { x: Plain };
  const width = x.shape.at(-1)!;
  const out = new Int32Array(x.values.length / width);
  for (let row = 0; row < out.length; row++) {
    let best = 0;
    for (let i = 1; i < width; i++) if (isBeyond(x.values[row * width + i]!, x.values[row * width + best]!)) best = i;
    out[row] = best;
  }
  return { shape: x.shape.slice(0, -1), dtype: "int32", values: out };
}

export const reductions: PlainKernels = {
  Sum: reduction(() => 1),
  Mean: reduction((terms) => terms),
  ArgMax: argMax,
};
