import type * as tf from "@tensorflow/tfjs-core";
import { map, type Leaves } from "../core/tree.js";
import { add, mul, sum, zerosLike, type Tensor } from "./ops.js";
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

/** How a differentiated function asks for tensors that it makes on the way, each under a name of its own. */
export interface Intermediates {
  /** Asks for a tensor as it is. */
  value(name: string, x: Tensor): void;
  /** Asks for the gradient of the function with respect to a tensor. */
  gradient(name: string, x: Tensor): void;
}

/** As `valueAndGrad`, and what the function asked for of its intermediates: `values` and `gradients` by name. */
export function valueAndGradOfIntermediates(
  f: (parameters: Leaves<Tensor>, intermediates: Intermediates) => Tensor,
  parameters: Leaves<Tensor>,
): Record<"grads" | "values" | "gradients", Record<string, Tensor>> & { value: Tensor } {
  const names = Object.keys(parameters);
  const watched: string[] = [];
  const places = Object.values(parameters); // grows during f: tfjs looks at it afterwards
  const kept: Record<string, Tensor> = {};
  const intermediates: Intermediates = {
    value: (name, x) => void (kept[name] = tfjs().keep(x.clone())),
    gradient: (name, x) => void (watched.push(name), places.push(x)),
  };
  try {
    const { value, grads } = tfjs()
      .engine()
      .gradients(() => f(parameters, intermediates), places);
    const named = (all: readonly string[], from: number): Record<string, Tensor> =>
      Object.fromEntries(all.map((name, i) => [name, connected(grads[from + i], name)]));
    const values = map((tensor) => tensor.clone(), kept); // a clone belongs to the caller's scope, a kept tensor to none
    return { value, grads: named(names, 0), values, gradients: named(watched, names.length) };
  } finally {
    tfjs().dispose(kept);
  }
}

function connected(gradient: Tensor | undefined, name: string): Tensor {
  if (gradient === undefined || gradient === null) throw new Error(`the value does not depend on ${name}`);
  return gradient;
}

/** The vector-Jacobian product Jᵀc of a function of named tensors: the gradient of <f(x), c>. `f` may take gradients
 *  itself: with f = ∇loss it is the Hessian-vector product, exactly.
 *  @param f from x to tensors of the names and shapes of c. @param c cotangents of f's results, constants here.
 *  @returns tensors of the shapes of x, zeros for what f does not depend on. */
export function vectorJacobian(
  f: (x: Leaves<Tensor>) => Leaves<Tensor>,
  x: Leaves<Tensor>,
  c: Leaves<Tensor>,
): Record<string, Tensor> {
  const names = Object.keys(x);
  const paired = (): Tensor => {
    const y = f(x);
    return Object.entries(c)
      .map(([name, cotangent]) => sum(mul(y[name]!, cotangent)))
      .reduce((total, part) => add(total, part));
  };
  const { grads } = tfjs()
    .engine()
    .gradients(
      paired,
      names.map((name) => x[name]!),
      undefined,
      true,
    );
  return map((tensor, name) => grads[names.indexOf(name)] ?? zerosLike(tensor), x);
}

/** The Hessian-vector product Hv of a scalar function: the gradient of <∇f(x), v>. */
export const hessianVector = (
  f: (parameters: Leaves<Tensor>) => Tensor,
  parameters: Leaves<Tensor>,
  v: Leaves<Tensor>,
): Record<string, Tensor> => vectorJacobian((x) => valueAndGrad(f, x).grads, parameters, v);
