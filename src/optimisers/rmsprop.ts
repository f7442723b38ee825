import { z } from "zod";
import { map } from "../core/tree.js";
import { add, div, mul, neg, sqrt, square, sub, zerosLike } from "../engine/ops.js";
import { SMALL_RATES } from "./shared/candidates.js";
import { optimiserEntry, type Optimiser, type Params } from "./optimiser.js";
import { coupled } from "./shared/weight-decay.js";

const settings = z.strictObject({
  alpha: z.number().min(0).lt(1).default(0.99),
  eps: z.number().positive().default(1e-8),
  momentum: z.number().min(0).lt(1).default(0),
  centred: z.boolean().default(false),
});
type Settings = z.output<typeof settings>;
type State = { readonly v: Params; readonly mean?: Params; readonly velocity?: Params };

/** Divides the gradient by a running root mean square of itself.
 *  g = ∇f(θ) + λθ;  v ← αv + (1−α)g²;  centred: ḡ ← αḡ + (1−α)g and v − ḡ² for v below;
 *  d = g/(√v + ε);  with momentum b ← μb + d and d = b;  θ ← θ − ηd.
 *  @param s α, μ in [0, 1), ε > 0. Feeds, scalar: η learningRate > 0, λ weightDecay ≥ 0.
 *  @returns state v (ḡ, b) shaped like θ, zero at first and never corrected: the first step has length η/√(1−α).
 *  Source: torch.optim.RMSprop 1.13; TensorFlow 1 puts ε under the root and starts v at one. */
function rmsprop({ alpha, eps, momentum, centred }: Settings): Optimiser<State> {
  const zeros = (theta: Params): Params => map((w) => zerosLike(w), theta);
  const blend = (old: Params, fresh: Params): Params =>
    map((a, b) => add(mul(a, alpha), mul(b, 1 - alpha)), old, fresh);
  return {
    init: (theta) => ({
      v: zeros(theta),
      ...(centred && { mean: zeros(theta) }),
      ...(momentum > 0 && { velocity: zeros(theta) }),
    }),
    update(grads, state, theta, feeds) {
      const g = coupled(grads, theta, feeds);
      const v = blend(
        state.v,
        map((x) => square(x), g),
      );
      const mean = state.mean && blend(state.mean, g);
      const spread = mean === undefined ? v : map((a, b) => sub(a, square(b)), v, mean);
      const scaled = map((x, s) => div(x, add(sqrt(s), eps)), g, spread);
      const velocity = state.velocity && map((b, d) => add(mul(b, momentum), d), state.velocity, scaled);
      const rate = neg(feeds.learningRate);
      const step = map((d) => mul(rate, d), velocity ?? scaled);
      return { step, state: { v, ...(mean && { mean }), ...(velocity && { velocity }) } };
    },
  };
}

export const entry = optimiserEntry({
  title: "RMSprop",
  summary: "RMSprop",
  look: { colour: "#b3222b", dark: "#cba08a", dash: "mixed", marker: "triangle-up" },
  kind: "coordinatewise",
  extraWork: "",
  settings,
  candidates: SMALL_RATES,
  create: rmsprop,
  needs: [],
  statePerParameter: ({ momentum, centred }) => 1 + Number(momentum > 0) + Number(centred),
  source: "torch.optim.RMSprop",
});
