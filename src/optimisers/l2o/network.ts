import { EXIT, UserError } from "../../core/errors.js";
import { namedStream, normal } from "../../core/rng.js";
import { map, type Leaves } from "../../core/tree.js";
import { sizeOf } from "../../engine/host.js";
import { tensorFrom } from "../../engine/memory.js";
import {
  abs,
  add,
  concat,
  div,
  exp,
  log,
  lstm,
  maximum,
  minimum,
  mul,
  neg,
  reshape,
  zerosLike,
  type Tensor,
} from "../../engine/ops.js";
import type { ParameterSpec } from "../../engine/parameters.js";
import type { LearnedValues } from "../optimiser.js";

/** Units of a layer. */
export const HIDDEN = 20;
const INPUTS = 2;

/** What an LSTM remembers of n coordinates: hidden and cell values [H, n] of both layers. */
export type Memory = { readonly h1: Tensor; readonly c1: Tensor; readonly h2: Tensor; readonly c2: Tensor };

/** Size and sign of gradients on comparable scales: (log|g|/p, sgn g) where |g| ≥ e⁻ᵖ, else (−1, eᵖg).
 *  @param g [K, n]. @param p [1]. @returns [K, 2, n].
 *  The authors' repository has p = 5 and adds 1.2e-7 to |g|. */
export function preprocess(g: Tensor, p: Tensor): Tensor {
  const [steps, n] = g.shape as [number, number];
  const features = [div(log(maximum(abs(g), exp(neg(p)))), p), maximum(minimum(mul(g, exp(p)), 1), -1)];
  return concat(
    features.map((feature) => reshape(feature, [steps, 1, n])),
    1,
  );
}

/** A network's numbers as `advance` takes them: a bias is one more row of a matrix. */
interface Network {
  readonly p: Tensor;
  readonly weights1: Tensor;
  readonly weights2: Tensor;
  /** Scale multiplied in. */
  readonly output: Tensor;
}
export function prepare(numbers: Leaves<Tensor>): Network {
  const { p, scale, weights1, bias1, weights2, bias2, outputWeights, outputBias } = numbers;
  const hidden = outputWeights!.size;
  const forget = Float64Array.from({ length: 4 * hidden }, (_, i) => Number(Math.floor(i / hidden) === 2));
  const layer = (weights: Tensor, bias: Tensor): Tensor =>
    concat([weights, reshape(add(bias, tensorFrom(forget, { shape: [4 * hidden], dtype: "float32" })), [1, -1])], 0);
  return {
    p: p!,
    weights1: layer(weights1!, bias1!),
    weights2: layer(weights2!, bias2!),
    output: mul(concat([reshape(outputWeights!, [hidden, 1]), reshape(outputBias!, [1, 1])], 0), scale!),
  };
}

export type Advance = { readonly update: Tensor; readonly memory: Memory };
/** K steps of the network on n coordinates. @param input [K, 2, n] of `preprocess`.
 *  @returns the updates [K, n] and the next memory. */
export function advance({ weights1, weights2, output }: Network, { h1, c1, h2, c2 }: Memory, input: Tensor): Advance {
  const { u, ...memory } = lstm({ weights1, weights2, output, input, h1, c1, h2, c2 });
  return { update: u, memory };
}

/** The memory of n coordinates before the first step. */
export function emptyMemory(hidden: number, n: number): Memory {
  const empty = tensorFrom(new Float64Array(hidden * n), { shape: [hidden, n], dtype: "float32" });
  return { h1: empty, c1: zerosLike(empty), h2: zerosLike(empty), c2: zerosLike(empty) };
}

/** Shapes of what a network learns: layer l [inputs + H, 4H] with rows [x; h] and columns i, j, f, o; output [H]. */
export const weightShapes = (hidden: number): Readonly<Record<string, readonly number[]>> => ({
  weights1: [INPUTS + hidden, 4 * hidden],
  bias1: [4 * hidden],
  weights2: [2 * hidden, 4 * hidden],
  bias2: [4 * hidden],
  outputWeights: [hidden],
  outputBias: [1],
});
/** The same with p of the preprocessing and the scale of the output, which are fixed before. */
export const networkShapes = (hidden: number): Readonly<Record<string, readonly number[]>> => ({
  ...weightShapes(hidden),
  p: [1],
  scale: [1],
});
export const hiddenOf = ({ outputWeights }: LearnedValues[string]): number => outputWeights!.length;

export const networkTensors = (values: LearnedValues[string]): Leaves<Tensor> =>
  map((shape, symbol) => tensorFrom(values[symbol]!, { shape, dtype: "float32" }), networkShapes(hiddenOf(values)));

/** The network that serves a parameter: kernels [kh, kw, in, out] have one of their own. */
export const groupOf = ({ shape }: ParameterSpec): string => (shape.length === 4 ? "convolution" : "linear");

const groupsOf = (parameters: Leaves<ParameterSpec>): string[] =>
  [...new Set(Object.values(parameters).map(groupOf))].sort();

/** @throws UserError (usage) when values of a network that the model needs are missing. */
export function requireGroups(parameters: Leaves<ParameterSpec>, learned: LearnedValues): void {
  const groups = groupsOf(parameters);
  const lacking = groups.find((group) => !Object.hasOwn(learned, group));
  if (lacking === undefined) return;
  throw new UserError(EXIT.usage, {
    where: "method l2o",
    given: `no values given for ${lacking}`,
    accepted: `values for ${groups.join(" and ")}`,
    hint: "meta-train on this model",
  });
}

/** Networks before they are learned: weights from a normal distribution with standard deviation 1/√rows, cut off at two
 *  of them; biases 0. @param p, scale as in `preprocess`, and of the output. */
export function initialNetworks(
  parameters: Leaves<ParameterSpec>,
  seed: number,
  { p, scale }: { readonly p: number; readonly scale: number },
): Record<string, Record<string, Float64Array>> {
  const drawn = (group: string, symbol: string, shape: readonly number[]): Float64Array => {
    const values = new Float64Array(sizeOf(shape));
    if (!symbol.toLowerCase().includes("weights")) return values;
    const draw = normal(namedStream(seed, "l2o", group, symbol));
    for (let i = 0; i < values.length; i++) {
      let value = draw();
      while (Math.abs(value) > 2) value = draw();
      values[i] = value / Math.sqrt(shape[0]!);
    }
    return values;
  };
  const network = (group: string): Record<string, Float64Array> => ({
    ...map((shape, symbol) => drawn(group, symbol, shape), weightShapes(HIDDEN)),
    p: Float64Array.of(p),
    scale: Float64Array.of(scale),
  });
  return Object.fromEntries(groupsOf(parameters).map((group) => [group, network(group)]));
}
