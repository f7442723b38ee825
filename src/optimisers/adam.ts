import { z } from "zod";
import { map } from "../core/tree.js";
import { add, div, maximum, mul, neg, sqrt, square, zerosLike } from "../engine/ops.js";
import { SMALL_RATES } from "./shared/candidates.js";
import { optimiserEntry, type Optimiser, type Params, type ScalarFeeds } from "./optimiser.js";
import { coupled } from "./shared/weight-decay.js";

export const adamSettings = z.strictObject({
  beta1: z.number().min(0).lt(1).default(0.9),
  beta2: z.number().min(0).lt(1).default(0.999),
  eps: z.number().positive().default(1e-8),
  amsgrad: z.boolean().default(false),
});
type Settings = z.output<typeof adamSettings>;
type State = { readonly m: Params; readonly v: Params; readonly vMax?: Params };

/** Divides a running mean of the gradient by a running root mean square of it, both corrected for their zero start.
 *  g = ∇f(θ) + λθ;  m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²;
 *  θ ← θ − η/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε);  AMSGrad takes the largest v so far for v.
 *  @param s β₁, β₂ in [0, 1), ε > 0. Feeds, scalar: η learningRate > 0, λ weightDecay ≥ 0, and the two corrections.
 *  @returns state m and v (and the largest v) shaped like θ, zero at first.
 *  Source: torch.optim.Adam 1.13. TensorFlow adds ε before the correction instead. */
function adam(s: Settings): Optimiser<State> {
  const moments = adamMoments(s);
  return {
    ...moments,
    update: (grads, state, theta, feeds) => moments.update(coupled(grads, theta, feeds), state, theta, feeds),
  };
}

/** Adam's step on a gradient as it is: weight decay is its caller's. */
export function adamMoments({ beta1, beta2, eps, amsgrad }: Settings): Optimiser<State> {
  const zeros = (theta: Params): Params => map((w) => zerosLike(w), theta);
  const blend = (beta: number, old: Params, fresh: Params): Params =>
    map((a, b) => add(mul(a, beta), mul(b, 1 - beta)), old, fresh);
  return {
    init: (theta) => ({ m: zeros(theta), v: zeros(theta), ...(amsgrad && { vMax: zeros(theta) }) }),
    hostFeeds: (t) => ({ firstCorrection: 1 / (1 - beta1 ** t), secondCorrection: 1 / Math.sqrt(1 - beta2 ** t) }),
    update(grads, state, _theta, feeds: ScalarFeeds) {
      const m = blend(beta1, state.m, grads);
      const v = blend(
        beta2,
        state.v,
        map((g) => square(g), grads),
      );
      const vMax = state.vMax && map(maximum, state.vMax, v);
      const rate = neg(mul(feeds.learningRate, feeds.firstCorrection!));
      const step = map((a, b) => div(mul(rate, a), add(mul(sqrt(b), feeds.secondCorrection!), eps)), m, vMax ?? v);
      return { step, state: { m, v, ...(vMax && { vMax }) } };
    },
  };
}

export const entry = optimiserEntry({
  title: "Adam",
  summary: "Adam with coupled weight decay",
  look: { colour: "#199d78", dark: "#81fcb4", dash: "solid", marker: "triangle-up" },
  kind: "coordinatewise",
  extraWork: "",
  settings: adamSettings,
  candidates: SMALL_RATES,
  create: adam,
  needs: [],
  statePerParameter: ({ amsgrad }) => (amsgrad ? 3 : 2),
  source: "torch.optim.Adam",
});
