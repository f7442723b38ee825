import { map, type Leaves } from "../core/tree.js";
import { sizeOf, type HostArray } from "../engine/host.js";
import type { ValueSpec } from "../engine/parameters.js";

/** Named parameters as one vector, in their order. */
export interface Layout {
  readonly size: number;
  /** A vector of new numbers. */
  joined(values: Leaves<HostArray>): Float64Array;
  /** Views of a vector by name. */
  parts(vector: Float64Array): Record<string, Float64Array>;
}

export function layoutOf(parameters: Leaves<ValueSpec>): Layout {
  let size = 0;
  const places = map(({ shape }) => {
    const begin = size;
    size += sizeOf(shape);
    return { begin, end: size };
  }, parameters);
  return {
    size,
    joined(values) {
      const vector = new Float64Array(size);
      for (const [name, { begin }] of Object.entries(places)) vector.set(values[name]!, begin);
      return vector;
    },
    parts: (vector) => map(({ begin, end }) => vector.subarray(begin, end), places),
  };
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

export const norm = (a: Float64Array): number => Math.sqrt(dot(a, a));

/** y + factor x, into y. */
export function addTo(y: Float64Array, x: ArrayLike<number>, factor: number): void {
  for (let i = 0; i < y.length; i++) y[i]! += factor * x[i]!;
}

export function scale(y: Float64Array, factor: number): void {
  for (let i = 0; i < y.length; i++) y[i]! *= factor;
}
