import type * as tf from "@tensorflow/tfjs-core";
import { map, type Leaves } from "../core/tree.js";
import type { Tensor } from "./ops.js";
import { tfjs } from "./tfjs.js";

/** The value of a scalar function and its gradient with respect to every named parameter.
 *  @param f from parameters to a scalar tensor. @returns value, and gradients of the parameters' shapes. */
export function valueAndGrad(
  f: (parameters: Leaves<Tensor>) => Tensor,
  parameters: Leaves<Tensor>,
): { value: Tensor; grads: Record<string, Tensor> } {
  const names = Object.keys(parameters);
  const run = tfjs().valueAndGrads(
    (...tensors: tf.Tensor[]) => f(Object.fromEntries(names.map((name, i) => [name, tensors[i]!]))) as tf.Scalar,
  );
  const { value, grads } = run(names.map((name) => parameters[name]!));
  return { value, grads: map((_tensor, name) => grads[names.indexOf(name)]!, parameters) };
}
