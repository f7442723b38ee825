import { map, type Leaves } from "../../core/tree.js";
import { matMul, type Tensor } from "../../engine/ops.js";
import { turnedNames, type Params } from "../../engine/parameters.js";
import type { Pair } from "./factors.js";

/** Examples of a batch, for the estimate below. */
const BATCH = 128;

/** Whether a linear layer takes fewer multiplications turned into the eigenvectors' coordinates: a step then turns the
 *  batch and its gradients, and an inversion the layer, its gradient and its velocity; else every step turns the gradient
 *  there and back. @param period steps between inversions. */
export function isTurningCheaper({ a, g }: Pair<number>, period: number): boolean {
  const inversion = a ** 3 + g ** 3 + 3 * a * g * (a + g);
  return 2 * BATCH * (a * a + g * g) + inversion / period < 2 * a * g * (a + g);
}

interface Bases {
  readonly left: Tensor;
  readonly right: Tensor;
}

/** L and R of turned layers, [W b] = L U Rᵀ being out × (in + 1). @param vectors eigenvectors of every layer's factors. */
export const basesOf = (names: readonly string[], vectors: Leaves<Pair<Tensor>>): Record<string, Bases> =>
  Object.fromEntries(names.map((name) => [name, { left: vectors[name]!.g, right: vectors[name]!.a }]));

/** Brings the U of layers along from old bases to new ones: U ← L'ᵀ L U Rᵀ R'. */
export function bringer(old: Leaves<Bases>, next: Leaves<Bases>): (values: Params) => Params {
  const turns = map(
    (from, to) => ({ left: matMul(to.left, from.left, true), right: matMul(from.right, to.right, true) }),
    old,
    next,
  );
  return (values) => ({
    ...values,
    ...Object.fromEntries(
      Object.entries(turns).map(([layer, { left, right }]) => {
        const { matrix } = turnedNames(layer);
        return [matrix, matMul(matMul(left, values[matrix]!), right)];
      }),
    ),
  });
}
