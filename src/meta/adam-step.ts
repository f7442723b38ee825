import { map, type Leaves } from "../core/tree.js";

export interface AdamState {
  readonly m: Leaves<Float64Array>;
  readonly v: Leaves<Float64Array>;
  /** Steps taken so far. */
  readonly t: number;
}

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPS = 1e-8;

/** One step of Adam on the host, in double precision, with β₁ = 0.9, β₂ = 0.999, ε = 1e-8.
 *  @returns the moved values and the next state; what it is given stays as it is. */
export function adamStep(
  values: Leaves<Float64Array>,
  gradients: Leaves<Float64Array>,
  { m, v, t }: AdamState,
  learningRate: number,
): { values: Leaves<Float64Array>; state: AdamState } {
  const blend = (beta: number, old: Float64Array, fresh: (i: number) => number): Float64Array =>
    old.map((value, i) => beta * value + (1 - beta) * fresh(i));
  const state = {
    m: map((old, g) => blend(BETA1, old, (i) => g[i]!), m, gradients),
    v: map((old, g) => blend(BETA2, old, (i) => g[i]! * g[i]!), v, gradients),
    t: t + 1,
  };
  const rate = learningRate / (1 - BETA1 ** state.t);
  const correction = Math.sqrt(1 - BETA2 ** state.t);
  const moved = map(
    (x, first, second) => x.map((value, i) => value - (rate * first[i]!) / (Math.sqrt(second[i]!) / correction + EPS)),
    values,
    state.m,
    state.v,
  );
  return { values: moved, state };
}
