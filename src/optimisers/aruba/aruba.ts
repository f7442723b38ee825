import { z } from "zod";
import { map } from "../../core/tree.js";
import { tensorFrom } from "../../engine/memory.js";
import { add, div, mul, neg, sqrt, square, sum, type Tensor } from "../../engine/ops.js";
import { matrixSize } from "../../engine/parameters.js";
import {
  optimiserEntry,
  type LearnedValues,
  type Optimiser,
  type OptimiserContext,
  type Params,
} from "../optimiser.js";
import { coupled } from "../shared/weight-decay.js";

const isotropic = z.boolean().default(false).describe("one learning rate for all coordinates: √(ΣB/ΣG)");
const settings = z.strictObject({ isotropic });
const plusSettings = settings.extend({
  coefficient: z.number().nonnegative().default(1).describe("c: weight of the squared gradients of this task"),
});
type Settings = z.output<typeof settings>;
type State = { readonly rate?: Params };
type PlusState = { readonly b?: Params; readonly g?: Params };

/** Gradient descent with learning rates learned per coordinate: how far tasks moved over how steep they were.
 *  g = ∇f(θ) + λθ;  θ ← θ − η √(B/G) g, with B and G learned and frozen. Parameters without B and G take the plain
 *  gradient step, √(B/G) = 1.
 *  @param s isotropic: √(ΣB/ΣG), sums over all coordinates of all parameters.
 *  @param context learned b and g, shaped like θ and > 0.
 *  Feeds, scalar: η learningRate > 0 (1: as learned), λ weightDecay ≥ 0.
 *  @returns state: the rates, unchanged by a step.
 *  Source: Khodak et al. 2019, Algorithm 2; mkhodak/ARUBA reptile/supervised_reptile/aruba.py. Weight decay and the
 *  multiplier η are ours, for tuning. */
function aruba({ isotropic }: Settings, { learned = {}, parameters }: OptimiserContext): Optimiser<State> {
  return {
    init: () => ({
      rate: map((values, name) => tensorLike(values, parameters[name]!.shape), rates(learned, isotropic)),
    }),
    update(grads, state, theta, feeds) {
      const rate = neg(feeds.learningRate);
      const step = map(
        (g, name) => {
          const own = state.rate?.[name];
          return mul(rate, own === undefined ? g : mul(own, g));
        },
        coupled(grads, theta, feeds),
      );
      return { step, state };
    },
  };
}

/** ARUBA that goes on learning its rates within a task.
 *  g = ∇f(θ) + λθ;  θ ← θ − η √(B/G) g;  G ← G + c g², from the learned B and a copy of the learned G; the rate of a step
 *  is taken before its gradient is added. G grows with the steps, so the rate falls like 1/√t.
 *  @param s c ≥ 0; isotropic: √(ΣB/ΣG). @param context learned b and g, shaped like θ and > 0.
 *  Feeds, scalar: η learningRate > 0, λ weightDecay ≥ 0. @returns state B and G, shaped like θ.
 *  Source: Khodak et al. 2019, Section 4.2; mkhodak/ARUBA reptile/supervised_reptile/aruba.py ("coef"). */
function arubaPlus(
  { isotropic, coefficient }: z.output<typeof plusSettings>,
  { learned = {}, parameters }: OptimiserContext,
): Optimiser<PlusState> {
  const tensors = (symbol: "b" | "g"): Params =>
    map((values, name) => tensorLike(Float64Array.from(values[symbol]!), parameters[name]!.shape), learned);
  const total = (of: Params): Tensor =>
    Object.values(of)
      .map((x) => sum(x))
      .reduce((x, y) => add(x, y));
  return {
    init: () => ({ b: tensors("b"), g: tensors("g") }),
    update(grads, state, theta, feeds) {
      const gradients = coupled(grads, theta, feeds);
      const { b, g } = state;
      const shared = isotropic && b !== undefined ? sqrt(div(total(b), total(g!))) : undefined;
      const rate = neg(feeds.learningRate);
      const step = map((x, name) => {
        if (b?.[name] === undefined) return mul(rate, x);
        return mul(rate, mul(shared ?? sqrt(div(b[name], g![name]!)), x));
      }, gradients);
      const grown = g && map((held, name) => add(held, mul(square(gradients[name]!), coefficient)), g);
      return { step, state: { ...state, ...(grown && { g: grown }) } };
    },
  };
}

/** √(B/G) per coordinate, or √(ΣB/ΣG) everywhere. @param learned b and g by parameter. */
export function rates(learned: LearnedValues, isotropic: boolean): Record<string, Float64Array> {
  const sumOf = (symbol: "b" | "g"): number => {
    let all = 0;
    for (const values of Object.values(learned)) for (const value of values[symbol]!) all += value;
    return all;
  };
  const shared = isotropic ? Math.sqrt(sumOf("b") / sumOf("g")) : undefined;
  return map(({ b, g }) => Float64Array.from(b!, (value, i) => shared ?? Math.sqrt(value / g![i]!)), learned);
}

const tensorLike = (values: Float64Array, shape: readonly number[]): Tensor =>
  tensorFrom(values, { shape, dtype: "float32" });

/** B = G = 1: SGD. */
const untrained = (parameters: OptimiserContext["parameters"]): LearnedValues =>
  map((parameter) => {
    const { rows, columns } = matrixSize(parameter);
    const ones = (): Float64Array => new Float64Array(rows * columns).fill(1);
    return { b: ones(), g: ones() };
  }, parameters);

const learned = {
  by: "aruba",
  untrained,
  symbols: ["b"], // b and g make one rate
} as const;
const source = "Khodak et al. 2019, Algorithm 2; mkhodak/ARUBA";
export const entry = optimiserEntry({
  title: "ARUBA",
  kind: "coordinatewise",
  extraWork: "",
  settings,
  create: aruba,
  needs: [],
  learned,
  statePerParameter: () => 1,
  source,
});
export const plusEntry = optimiserEntry({
  title: "ARUBA++",
  kind: "coordinatewise",
  extraWork: "",
  settings: plusSettings,
  create: arubaPlus,
  needs: [],
  learned,
  statePerParameter: () => 2,
  source,
});
