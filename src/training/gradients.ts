import { map, type Leaves } from "../core/tree.js";
import { valueAndGrad, valueAndGradOfIntermediates } from "../engine/grad.js";
import type { HostArray, TensorSpec } from "../engine/host.js";
import { mul, type Tensor } from "../engine/ops.js";
import type { Params } from "../engine/parameters.js";
import type { LayerStatistics, Phase, Phases } from "../optimisers/optimiser.js";
import type { Problem, TargetSampler } from "../problems/problem.js";

/** Name of the feed that targets are sampled with. */
const NOISE = "targetNoise";

/** What a step computes before its rule. */
export interface Gradients {
  /** The batch's mean loss. */
  readonly value: Tensor;
  readonly grads: Params;
  readonly layers?: Leaves<LayerStatistics>;
}

/** The loss of a batch, its gradient, and the layer statistics that a phase needs.
 *  @param n examples of the batch. */
export function gradients(
  problem: Problem,
  theta: Params,
  feeds: Leaves<Tensor>,
  n: number,
  needed: Phase["layers"],
): Gradients {
  if (needed === "given targets") return withLayers(problem, theta, feeds, n);
  const plain = valueAndGrad((parameters) => problem.loss(parameters, feeds), theta);
  if (needed === undefined) return plain;
  const sampled = samplerOf(problem).sampled(theta, feeds, feeds[NOISE]!);
  return { ...plain, layers: withLayers(problem, theta, sampled, n).layers };
}

function withLayers(problem: Problem, theta: Params, feeds: Leaves<Tensor>, n: number): Gradients {
  const { value, grads, values, gradients } = valueAndGradOfIntermediates((parameters, ask) => {
    const tap = (layer: string, input: Tensor, output: Tensor): void => {
      ask.value(layer, input);
      ask.gradient(layer, output);
    };
    return problem.loss(parameters, feeds, tap);
  }, theta);
  // The mean loss weighs every example with 1/n.
  const layers = map((input, g) => ({ input, outputGradient: mul(g, n) }), values, gradients);
  return { value, grads, layers };
}

/** The feed of random numbers, where a phase samples targets. */
export function noiseSpec(problem: Problem, needed: Phase["layers"], n: number): Leaves<TensorSpec> {
  return needed === "sampled targets" ? { [NOISE]: samplerOf(problem).noise(n) } : {};
}

/** The random numbers of step t, where its phase samples targets. */
export function noiseOf(problem: Problem, phases: Phases, phase: string, n: number, t: number): Leaves<HostArray> {
  if (phases.byName[phase]?.layers !== "sampled targets") return {};
  return { [NOISE]: samplerOf(problem).draw(n, phases.uniform!(t)) };
}

function samplerOf({ targets }: Problem): TargetSampler {
  if (targets === undefined) throw new Error("targets can be sampled only where the loss is a likelihood of targets");
  return targets;
}
