import { flatten, map, prefixed, unflatten, type Leaves } from "../../core/tree.js";
import type { Engine, Entry } from "../../engine/engine.js";
import { valueAndGrad, vectorJacobian } from "../../engine/grad.js";
import { isHostArray, sizeOf, type HostArray, type TensorSpec } from "../../engine/host.js";
import { isTensor } from "../../engine/memory.js";
import { add, mul, neg, type Tensor } from "../../engine/ops.js";
import type { ParameterSpec, Params, ValueSpec } from "../../engine/parameters.js";
import { createOptimiser, type MethodId } from "../../optimisers/index.js";
import type { LearnedValues, Optimiser } from "../../optimisers/optimiser.js";
import {
  transformGradients,
  type GradientTransform,
  type LearnedTensors,
} from "../../optimisers/shared/transformed.js";
import type { Batch, Problem } from "../../training/problem.js";
import { trainingProgram, type TrainingProgram } from "../../training/program.js";

/** What is unrolled: steps of a learned transform on the inner problem, judged by the outer one. */
export interface Unrolled {
  readonly method: MethodId;
  readonly transform: GradientTransform;
  readonly inner: Problem;
  readonly outer: Problem;
  /** Examples of a batch, all that occur. */
  readonly innerSizes: readonly number[];
  readonly outerSizes: readonly number[];
  /** Which parameters have learned values, and of which sizes. */
  readonly learned: LearnedValues;
}

/** K inner steps from where `rule` stands. */
export interface Window {
  readonly learned: LearnedValues;
  /** K. */
  readonly steps: number;
  readonly learningRate: number;
  /** The batch of inner step k = 1..K; asked for twice. */
  innerBatch(k: number): Batch;
  outerBatch(): Batch;
  /** Drop the Hessian. */
  readonly firstOrder: boolean;
  /** Whether the gradient with respect to the window's first parameters is wanted. */
  readonly start: boolean;
}

export interface Hypergradient {
  readonly outerLoss: number;
  /** Loss of the last inner step. */
  readonly lastLoss: number;
  /** By parameter and symbol. */
  readonly learned: LearnedValues;
  /** With respect to the window's first parameters. */
  readonly start?: Leaves<HostArray>;
}

/** Compiled programs that unroll any number of windows. */
export interface Unroller {
  /** The learned rule on the inner problem: set its parameters, or let it run, before `hypergradient`. */
  readonly rule: TrainingProgram;
  hypergradient(window: Window): Hypergradient;
  dispose(): void;
}

/** Gradient evaluations of a window: a forward and a backward pass are one. Each inner step and the outer gradient cost
 *  one; on the way back the inner gradient is evaluated again, and differentiating it once more costs as much again. The
 *  last step back needs no Hessian unless the start's gradient is wanted. */
export function windowCost({ steps, firstOrder, start }: Pick<Window, "steps" | "firstOrder" | "start">): number {
  const hessians = firstOrder ? 0 : start ? steps : steps - 1;
  return steps + 1 + steps + hessians;
}

const SCALAR: TensorSpec = { shape: [], dtype: "float32" };
const float = (shape: readonly number[]): TensorSpec => ({ shape, dtype: "float32" });
const floats = (specs: Leaves<ValueSpec>): Record<string, TensorSpec> => map(({ shape }) => float(shape), specs);

/** Differentiates an outer loss after K steps θ_{k+1} = θ_k − η T_L(∇f_k(θ_k)) by reverse mode:
 *  p = ∇f_outer(θ_K); for k = K−1..0: dL += (∂/∂L)⟨−η T_L(g_k), p⟩; p ← p − H_k T_Lᵀ(η p). In the end p = dθ_0.
 *  Both terms are one vector-Jacobian product of the step, exact; `firstOrder` leaves p as it is. One compiled entry
 *  serves every step, so that no graph grows with K: θ_k is fed; L, p and dL stay in the engine.
 *  Source: Li et al. 2017 and Park & Oliva 2019 differentiate the unrolled graph as a whole; the result is the same. */
export function unroller(engine: Engine, unrolled: Unrolled): Unroller {
  const { method, transform, inner, outer, innerSizes, outerSizes } = unrolled;
  const { parameters } = inner;
  const create = (learned?: LearnedValues): Optimiser => createOptimiser(method, {}, { parameters, learned });
  const rule = trainingProgram(engine, inner, create, innerSizes, unrolled.learned);
  const entries: Record<string, Entry> = {};
  for (const n of outerSizes) entries[`outer:${n}`] = outerEntry(outer, parameters, n);
  for (const n of innerSizes) {
    entries[`back:${n}`] = backEntry(inner, transform, n, true);
    entries[`last:${n}`] = backEntry(inner, transform, n, false);
  }
  const learnedSpecs = map(
    (_values, name) => map(float, transform.shapes(parameters[name] as ParameterSpec)),
    unrolled.learned,
  );
  const { frozen = {}, statistics = {} } = inner;
  const found = flatten({ cotangent: floats(parameters), total: learnedSpecs }, isSpec);
  const zeros = map(({ shape }) => new Float32Array(sizeOf(shape)), found);
  const given = { frozen: floats(frozen), statistics: floats(statistics), learned: learnedSpecs };
  const program = engine.compile({ state: { ...flatten(given, isSpec), ...found }, entries });

  return {
    rule,
    hypergradient(window) {
      const thetas = [rule.theta()];
      let lastLoss = NaN;
      for (let k = 1; k <= window.steps; k++) {
        lastLoss = rule.step(window.innerBatch(k), k, { learningRate: window.learningRate, weightDecay: 0 });
        thetas.push(rule.theta());
      }
      const values = rule.values();
      const known = (specs: Leaves<ValueSpec>): Leaves<HostArray> => map((_spec, name) => values[name]!, specs);
      const fixed = { frozen: known(frozen), statistics: known(statistics), learned: window.learned };
      program.load({ ...zeros, ...flatten(fixed, isHostArray) });
      const at = (k: number): Leaves<HostArray> => prefixed("theta", thetas[k]!);
      const judged = window.outerBatch();
      const { loss } = program.run(`outer:${judged.size}`, { ...judged.feeds, ...at(window.steps) });
      for (let k = window.steps - 1; k >= 0; k--) {
        const batch = window.innerBatch(k + 1);
        const entry = !window.firstOrder && (k > 0 || window.start) ? "back" : "last";
        program.run(`${entry}:${batch.size}`, { ...batch.feeds, ...at(k), learningRate: window.learningRate });
      }
      const branches = unflatten(program.read("total", ...(window.start ? ["cotangent"] : [])));
      const { total, cotangent } = branches as unknown as { total: LearnedValues; cotangent?: Leaves<HostArray> };
      return { outerLoss: loss![0]!, lastLoss, learned: total, ...(cotangent && { start: cotangent }) };
    },
    dispose() {
      rule.dispose();
      program.dispose();
    },
  };
}

/** What a window keeps in the engine. A tree keeps no empty branch. */
interface UnrollState {
  readonly frozen?: Params;
  readonly statistics?: Params;
  readonly learned: LearnedTensors;
  /** p. */
  readonly cotangent: Params;
  /** dL. */
  readonly total: LearnedTensors;
}

/** What an entry is fed: a batch, and the trained parameters. */
const feedsOf = (problem: Problem, parameters: Leaves<ParameterSpec>, n: number): Leaves<TensorSpec> => ({
  ...problem.feeds(n),
  ...prefixed("theta", floats(parameters)),
});

/** The parameters that an entry is fed, and the loss as a function of them. */
function fedTo(
  problem: Problem,
  { frozen, statistics }: UnrollState,
  feeds: Leaves<Tensor>,
): { theta: Params; loss(theta: Params): Tensor } {
  return {
    theta: (unflatten(feeds) as { theta: Params }).theta,
    loss: (theta) => problem.loss({ ...frozen, ...theta }, feeds, { statistics }),
  };
}

/** The outer loss, and its gradient as the first cotangent. */
const outerEntry = (problem: Problem, parameters: Leaves<ParameterSpec>, n: number): Entry => ({
  feeds: feedsOf(problem, parameters, n),
  step(state, feeds) {
    const { theta, loss } = fedTo(problem, state as unknown as UnrollState, feeds);
    const { value, grads } = valueAndGrad(loss, theta);
    return { state: { ...state, cotangent: grads }, outputs: { loss: value } };
  },
});

/** One step back: the vector-Jacobian product of a step in L, and with the Hessian in θ too. */
const backEntry = (problem: Problem, transform: GradientTransform, n: number, hessian: boolean): Entry => ({
  feeds: { ...feedsOf(problem, problem.parameters, n), learningRate: SCALAR },
  step(state, feeds) {
    const { learned, cotangent, total } = state as unknown as UnrollState;
    const { theta, loss } = fedTo(problem, state as unknown as UnrollState, feeds);
    const gradient = (at: Params): Params => valueAndGrad(loss, at).grads;
    const rate = neg(feeds.learningRate!);
    const stepOf = (values: LearnedTensors, grads: Params): Params =>
      map((d) => mul(rate, d), transformGradients(transform, values, grads, problem.parameters));
    const fixed = hessian ? undefined : gradient(theta);
    const f = (x: Leaves<Tensor>): Params => {
      const held = unflatten(x) as { theta: Params; learned: LearnedTensors };
      return stepOf(held.learned, fixed ?? gradient(held.theta));
    };
    const product = vectorJacobian(f, flatten({ learned, ...(hessian && { theta }) }, isTensor), cotangent);
    const parts = unflatten(product) as { theta?: Params; learned: LearnedTensors };
    const moved = {
      total: map((sums, name) => map(add, sums, parts.learned[name]!), total),
      cotangent: parts.theta === undefined ? cotangent : map(add, cotangent, parts.theta),
    };
    return { state: { ...state, ...moved }, outputs: {} };
  },
});

const isSpec = (value: unknown): value is TensorSpec => (value as Partial<TensorSpec>).dtype !== undefined;
