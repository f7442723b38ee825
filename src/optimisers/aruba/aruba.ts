import type { z } from "zod";
import { map } from "../../core/tree.js";
import { mul, neg } from "../../engine/ops.js";
import { MULTIPLES } from "../shared/candidates.js";
import { optimiserEntry, type Optimiser, type OptimiserContext, type Params } from "../optimiser.js";
import { coupled } from "../shared/weight-decay.js";
import { arubaSettings, learnedRates, rates, source, tensorLike } from "./rates.js";

type Settings = z.output<typeof arubaSettings>;
type State = { readonly rate?: Params };

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

export const entry = optimiserEntry({
  title: "ARUBA",
  summary: "ARUBA: a learned rate per coordinate",
  look: { colour: "#525001", dark: "#a8a405", dash: "solid", marker: "triangle-down" },
  kind: "coordinatewise",
  extraWork: "",
  settings: arubaSettings,
  candidates: MULTIPLES,
  create: aruba,
  needs: [],
  learned: learnedRates,
  statePerParameter: () => 1,
  source,
});
