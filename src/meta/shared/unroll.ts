import { flatten, map, prefixed, unflatten, type Leaves } from "../../core/tree.js";
import type { Engine, Entry } from "../../engine/engine.js";
import { valueAndGrad, vectorJacobian } from "../../engine/grad.js";
import { isHostArray, sizeOf, type HostArray, type TensorSpec } from "../../engine/host.js";
import { isTensor } from "../../engine/memory.js";
import { add, mul, neg, type Tensor } from "../../engine/ops.js";
import type { ParameterSpec, Params, ValueSpec } from "../../engine/parameters.js";
import { everyParameter } from "../../models/model.js";
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
  readonly learned: Readonly<Record<string, Record<string, Float64Array>>>;
  /** With respect to the window's first parameters. */
  readonly start?: Record<string, Float64Array>;
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

/** Differentiates an outer loss after K steps θ_{k+1} = θ_k − η T_L(∇f_k(θ_k)) by reverse mode:
 *  p = ∇f_outer(θ_K); for k = K−1..0: dL += (∂/∂L)⟨−η T_L(g_k), p⟩; p ← p − H_k T_Lᵀ(η p). In the end p = dθ_0.
 *  Both terms are one vector-Jacobian product of the step, exact; `firstOrder` leaves p as it is. One compiled entry
 *  serves every step: θ_k, L and p are loaded and fed, so that no graph grows with K.
 *  Source: Li et al. 2017 and Park & Oliva 2019 differentiate the unrolled graph as a whole; the result is the same. */
export function unroller(engine: Engine, unrolled: Unrolled): Unroller {
  const { method, transform, inner, outer, innerSizes, outerSizes } = unrolled;
  const { parameters } = inner;
  const create = (learned?: LearnedValues): Optimiser => createOptimiser(method, {}, { parameters, learned });
  const rule = trainingProgram(engine, inner, create, innerSizes, unrolled.learned);
  const entries: Record<string, Entry> = {};
  for (const n of outerSizes) entries[`outer:${n}`] = outerEntry(outer, n);
  for (const n of innerSizes) {
    entries[`back:${n}`] = backEntry(inner, transform, n, true);
    entries[`last:${n}`] = backEntry(inner, transform, n, false);
  }
  const learnedSpecs = map(
    (_values, name) => map(float, transform.shapes(parameters[name] as ParameterSpec)),
    unrolled.learned,
  );
  const floats = (specs: Leaves<ValueSpec>): Record<string, TensorSpec> => map(({ shape }) => float(shape), specs);
  const state = {
    theta: floats(everyParameter(inner)),
    statistics: floats(inner.statistics ?? {}),
    learned: learnedSpecs,
  };
  const program = engine.compile({ state: flatten(state, isSpec), entries });

  return {
    rule,
    hypergradient(window) {
      const thetas = [rule.theta()];
      let lastLoss = NaN;
      for (let k = 1; k <= window.steps; k++) {
        lastLoss = rule.step(window.innerBatch(k), k, { learningRate: window.learningRate, weightDecay: 0 });
        thetas.push(rule.theta());
      }
      const learned = flatten({ learned: window.learned }, isHostArray);
      const statistics = Object.entries(rule.read()).filter(([path]) => path.startsWith("statistics/"));
      const rest = { ...learned, ...Object.fromEntries(statistics) };
      const at = (theta: Leaves<HostArray>): void => program.load({ ...rest, ...prefixed("theta", theta) });
      at(thetas[window.steps]!);
      const judged = window.outerBatch();
      const first = unflatten(program.run(`outer:${judged.size}`, judged.feeds)) as unknown as {
        loss: HostArray;
        gradient: Record<string, HostArray>;
      };
      let p = first.gradient;
      const total = map((specs) => map(({ shape }) => new Float64Array(sizeOf(shape)), specs), learnedSpecs);
      for (let k = window.steps - 1; k >= 0; k--) {
        at(thetas[k]!);
        const batch = window.innerBatch(k + 1);
        const back = !window.firstOrder && (k > 0 || window.start);
        const feeds = { ...batch.feeds, learningRate: window.learningRate, ...prefixed("cotangent", p) };
        const parts = unflatten(program.run(`${back ? "back" : "last"}:${batch.size}`, feeds)) as unknown as {
          learned: LearnedValues;
          theta?: Record<string, HostArray>;
        };
        for (const [name, symbols] of Object.entries(total))
          for (const [symbol, sum] of Object.entries(symbols)) addTo(sum, parts.learned[name]![symbol]!);
        p = parts.theta ?? p;
      }
      const start = map((values) => Float64Array.from(values), p);
      return { outerLoss: first.loss[0]!, lastLoss, learned: total, ...(window.start && { start }) };
    },
    dispose() {
      rule.dispose();
      program.dispose();
    },
  };
}

interface UnrollState {
  readonly theta: Params;
  /** Absent: none. */
  readonly statistics?: Params;
  readonly learned: LearnedTensors;
}

/** The trained parameters, and the loss as a function of them. */
function trainedPart(
  problem: Problem,
  { theta, statistics }: UnrollState,
  feeds: Leaves<Tensor>,
): { trained: Params; loss(trained: Params): Tensor } {
  return {
    trained: map((_spec, name) => theta[name]!, problem.parameters),
    loss: (trained) => problem.loss({ ...theta, ...trained }, feeds, { statistics }),
  };
}

/** The outer loss and its gradient. */
const outerEntry = (problem: Problem, n: number): Entry => ({
  feeds: problem.feeds(n),
  step(state, feeds) {
    const { loss, trained } = trainedPart(problem, state as unknown as UnrollState, feeds);
    const { value, grads } = valueAndGrad(loss, trained);
    return { state, outputs: { ...prefixed("gradient", grads), loss: value } };
  },
});

/** One step back: the vector-Jacobian product of a step in L, and with the Hessian in θ too. */
const backEntry = (problem: Problem, transform: GradientTransform, n: number, hessian: boolean): Entry => ({
  feeds: {
    ...problem.feeds(n),
    learningRate: SCALAR,
    ...prefixed(
      "cotangent",
      map(({ shape }) => float(shape), problem.parameters),
    ),
  },
  step(state, feeds) {
    const cotangent = (unflatten(feeds) as { cotangent: Params }).cotangent;
    const { learned } = state as unknown as UnrollState;
    const { loss, trained: theta } = trainedPart(problem, state as unknown as UnrollState, feeds);
    const gradient = (at: Params): Params => valueAndGrad(loss, at).grads;
    const rate = neg(feeds.learningRate!);
    const stepOf = (values: LearnedTensors, grads: Params): Params =>
      map((d) => mul(rate, d), transformGradients(transform, values, grads, problem.parameters));
    if (!hessian) {
      const fixed = gradient(theta);
      const f = (x: Leaves<Tensor>): Params => stepOf((unflatten(x) as { learned: LearnedTensors }).learned, fixed);
      return { state, outputs: vectorJacobian(f, flatten({ learned }, isTensor), cotangent) };
    }
    const f = (x: Leaves<Tensor>): Params => {
      const held = unflatten(x) as { theta: Params; learned: LearnedTensors };
      return stepOf(held.learned, gradient(held.theta));
    };
    const outputs = vectorJacobian(f, flatten({ theta, learned }, isTensor), cotangent);
    for (const [name, p] of Object.entries(cotangent)) outputs[`theta/${name}`] = add(p, outputs[`theta/${name}`]!);
    return { state, outputs };
  },
});

const isSpec = (value: unknown): value is TensorSpec => (value as Partial<TensorSpec>).dtype !== undefined;

function addTo(sum: Float64Array, part: HostArray): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += part[i]!;
}
