import { map, type Leaves } from "../../core/tree.js";
import { sizeOf, type HostArray } from "../../engine/host.js";
import type { ValueSpec } from "../../engine/parameters.js";

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
