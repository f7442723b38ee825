import { z } from "zod";
import { map } from "../../core/tree.js";
import { add, div, mul, neg, sqrt, square, sum, type Tensor } from "../../engine/ops.js";
import { MULTIPLES } from "../shared/candidates.js";
import { optimiserEntry, type Optimiser, type OptimiserContext, type Params } from "../optimiser.js";
import { coupled } from "../shared/weight-decay.js";
import { arubaSettings, learnedRates, source, tensorLike } from "./rates.js";

const settings = arubaSettings.extend({
  coefficient: z.number().nonnegative().default(1).describe("c: weight of the squared gradients of this task"),
});
type State = { readonly b?: Params; readonly g?: Params };

/** ARUBA that goes on learning its rates within a task.
 *  g = ∇f(θ) + λθ;  θ ← θ − η √(B/G) g;  G ← G + c g², from the learned B and a copy of the learned G; the rate of a step
 *  is taken before its gradient is added. G grows with the steps, so the rate falls like 1/√t.
 *  @param s c ≥ 0; isotropic: √(ΣB/ΣG). @param context learned b and g, shaped like θ and > 0.
 *  Feeds, scalar: η learningRate > 0, λ weightDecay ≥ 0. @returns state B and G, shaped like θ.
 *  Source: Khodak et al. 2019, Section 4.2; mkhodak/ARUBA reptile/supervised_reptile/aruba.py ("coef"). */
function arubaPlus(
  { isotropic, coefficient }: z.output<typeof settings>,
  { learned = {}, parameters }: OptimiserContext,
): Optimiser<State> {
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

export const entry = optimiserEntry({
  title: "ARUBA++",
  summary: "ARUBA that goes on learning its rates",
  look: { colour: "#804156", dark: "#d777c2", dash: "dashed", marker: "triangle-down" },
  kind: "coordinatewise",
  extraWork: "",
  settings,
  candidates: MULTIPLES,
  create: arubaPlus,
  needs: [],
  learned: learnedRates,
  statePerParameter: () => 2,
  source,
});
