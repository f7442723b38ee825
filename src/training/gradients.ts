import { map, type Leaves } from "../core/tree.js";
import { valueAndGradOfIntermediates } from "../engine/grad.js";
import type { HostArray, TensorSpec } from "../engine/host.js";
import { mul, type Tensor } from "../engine/ops.js";
import type { Params } from "../engine/parameters.js";
import type { LayerStatistics, Phase, Phases } from "../optimisers/optimiser.js";
import type { Problem, TargetSampler } from "./problem.js";

/** Name of the feed that targets are sampled with. */
const NOISE = "targetNoise";

/** Where a step is taken. */
export interface Point {
  /** Every parameter, frozen ones too. */
  readonly theta: Params;
  /** What the gradient is taken in; absent: the problem's parameters. */
  readonly trained?: Params;
  /** The running statistics; absent: none. */
  readonly statistics?: Leaves<Tensor>;
}

/** What a step computes before its rule. */
export interface Gradients {
  /** The batch's mean loss. */
  readonly value: Tensor;
  /** Of what is trained. */
  readonly grads: Params;
  /** The running statistics after the batch. */
  readonly statistics: Leaves<Tensor>;
  readonly layers?: Leaves<LayerStatistics>;
}

/** The loss of a batch, its gradient, the running statistics after it, and the layer statistics that a phase needs.
 *  @param n examples of the batch. */
export function gradients(
  problem: Problem,
  at: Point,
  feeds: Leaves<Tensor>,
  n: number,
  needed: Phase["layers"],
): Gradients {
  if (needed !== "sampled targets") return watched(problem, at, feeds, n, needed !== undefined);
  const given = watched(problem, at, feeds, n, false);
  const sampled = samplerOf(problem).sampled({ ...at.theta, ...at.trained }, feeds, feeds[NOISE]!, at.statistics);
  return { ...given, layers: watched(problem, at, sampled, n, true).layers };
}

const LAYER = "layer/";
const STATISTIC = "statistic/";

/** @param layers whether the layers' inputs and output gradients are wanted. */
function watched(
  problem: Problem,
  { theta, statistics, trained = map((_spec, name) => theta[name]!, problem.parameters) }: Point,
  feeds: Leaves<Tensor>,
  n: number,
  layers: boolean,
): Gradients {
  const { value, grads, values, gradients } = valueAndGradOfIntermediates((parameters, ask) => {
    const tap = (layer: string, input: Tensor, output: Tensor): void => {
      ask.value(LAYER + layer, input);
      ask.gradient(layer, output);
    };
    const moved = (name: string, next: Tensor): void => ask.value(STATISTIC + name, next);
    return problem.loss({ ...theta, ...parameters }, feeds, { statistics, moved, ...(layers && { tap }) });
  }, trained);
  // The mean loss weighs every example with 1/n.
  const ofLayers = map((g, layer) => ({ input: values[LAYER + layer]!, outputGradient: mul(g, n) }), gradients);
  return {
    value,
    grads,
    statistics: map((held, name) => values[STATISTIC + name] ?? held, statistics ?? {}),
    ...(layers && { layers: ofLayers }),
  };
}

/** The feed of random numbers, where a phase samples targets. */
export function noiseSpec(problem: Problem, needed: Phase["layers"], n: number): Leaves<TensorSpec> {
  return needed === "sampled targets" ? { [NOISE]: samplerOf(problem).noise(n) } : {};
}

/** The random numbers of step t, where its phase samples targets. @param seed of the run. */
export function noiseOf(
  problem: Problem,
  phases: Phases,
  phase: string,
  n: number,
  t: number,
  seed: number,
): Leaves<HostArray> {
  if (phases.byName[phase]?.layers !== "sampled targets") return {};
  return { [NOISE]: samplerOf(problem).draw(n, phases.uniform!(t, seed)) };
}

function samplerOf({ targets }: Problem): TargetSampler {
  if (targets === undefined) throw new Error("targets can be sampled only where the loss is a likelihood of targets");
  return targets;
}
