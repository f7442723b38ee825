import type { Leaves } from "../core/tree.js";
import type { ParameterSpec } from "../engine/parameters.js";
import type { Model } from "./model.js";

/** What of a model keeps its values: nothing, or all but the classifier. */
export const FREEZES = ["none", "backbone"] as const;
export type Freeze = (typeof FREEZES)[number];

/** The model with everything but its classifier frozen: no gradient, no optimiser state, no step. The frozen part runs
 *  in evaluation, also while the classifier is trained: its batch normalisations take the running statistics, which do
 *  not move. */
export function withFrozenBackbone(model: Model): Model {
  const entries = Object.entries(model.parameters);
  const some = (head: boolean): Leaves<ParameterSpec> =>
    Object.fromEntries(entries.filter(([, parameter]) => parameter.head === head));
  const parameters = some(true);
  const layers = Object.fromEntries(
    Object.entries(model.layers).filter(([, { weight }]) => Object.hasOwn(parameters, weight)),
  );
  return {
    ...model,
    parameters,
    frozen: some(false),
    layers,
    forward: (theta, x, { statistics, tap } = {}) =>
      model.forward(theta, x, {
        evaluation: true,
        statistics,
        tap: tap && ((layer, input, output) => Object.hasOwn(layers, layer) && tap(layer, input, output)),
      }),
  };
}
