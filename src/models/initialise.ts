import { namedStream, normal } from "../core/rng.js";
import { map, type Leaves } from "../core/tree.js";
import { sizeOf } from "../engine/host.js";
import type { ValueSpec } from "../engine/parameters.js";

/** Draws every parameter from its own named stream, in double precision: the same numbers on every engine. Given values
 *  are copied. */
export function initialise(parameters: Leaves<ValueSpec>, seed: number): Record<string, Float64Array> {
  return map(({ shape, initialise: how }, name) => {
    if (how.kind === "given") return Float64Array.from(how.values);
    const values = new Float64Array(sizeOf(shape));
    const uniform = namedStream(seed, "initialise", name);
    if (how.kind === "uniform") for (let i = 0; i < values.length; i++) values[i] = (2 * uniform() - 1) * how.bound;
    else if (how.kind === "normal") {
      const draw = normal(uniform);
      for (let i = 0; i < values.length; i++) values[i] = draw() * how.std;
    } else values.fill(how.value);
    return values;
  }, parameters);
}
