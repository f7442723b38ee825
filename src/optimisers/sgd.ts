import { z } from "zod";
import { because, type InertRule } from "../core/inert.js";
import { map } from "../core/tree.js";
import { add, mul, neg, zerosLike } from "../engine/ops.js";
import { optimiserEntry, type Optimiser, type Params, type ScalarFeeds } from "./optimiser.js";
import { coupled } from "./shared/weight-decay.js";

const settings = z.strictObject({
  momentum: z.number().min(0).lt(1).default(0),
  dampening: z.number().min(0).max(1).default(0),
  nesterov: z.boolean().default(false),
});
type Settings = z.output<typeof settings>;
type State = { readonly velocity: Params } | Record<string, never>;

/** Stochastic gradient descent with momentum μ and dampening τ.
 *  g = ∇f(θ) + λθ;  v ← g at the first step, then μv + (1−τ)g;  d = g + μv with Nesterov, else v;  θ ← θ − ηd.
 *  @param s μ in [0, 1), τ in [0, 1]. Feeds, scalar: η learningRate > 0, λ weightDecay ≥ 0, gradientShare.
 *  @returns state v shaped like θ, none when μ = 0.
 *  Source: torch.optim.SGD 1.13: η stays outside the buffer, so that a change of it acts at once on all of v. */
function sgd({ momentum, dampening, nesterov }: Settings): Optimiser<State> {
  const step = (direction: Params, { learningRate }: ScalarFeeds): Params => {
    const rate = neg(learningRate);
    return map((d) => mul(rate, d), direction);
  };
  if (momentum === 0) {
    return {
      init: () => ({}),
      update: (grads, state, theta, feeds) => ({ step: step(coupled(grads, theta, feeds), feeds), state }),
    };
  }
  return {
    init: (theta) => ({ velocity: map((w) => zerosLike(w), theta) }),
    hostFeeds: (t): Record<string, number> => (dampening === 0 ? {} : { gradientShare: t === 1 ? 1 : 1 - dampening }),
    update(grads, state, theta, feeds) {
      const g = coupled(grads, theta, feeds);
      const fresh = dampening === 0 ? g : map((x) => mul(feeds.gradientShare!, x), g);
      const velocity = map((v, x) => add(mul(v, momentum), x), state.velocity!, fresh);
      const direction = nesterov ? map((x, v) => add(x, mul(v, momentum)), g, velocity) : velocity;
      return { step: step(direction, feeds), state: { velocity } };
    },
  };
}

const withoutMomentum: InertRule<Settings> = {
  inert: ({ momentum }) => because(momentum === 0, "momentum is 0"),
  instead: "raise momentum",
};
const source = "torch.optim.SGD";
export const entry = optimiserEntry({
  title: "SGD",
  summary: "stochastic gradient descent",
  look: { colour: "#383838", dark: "#6f6f6f", dash: "dashed", marker: "square" },
  kind: "global rate",
  extraWork: "",
  settings,
  inert: { dampening: withoutMomentum, nesterov: withoutMomentum },
  create: sgd,
  needs: [],
  statePerParameter: ({ momentum }) => (momentum === 0 ? 0 : 1),
  source,
});
/** The same rule with the momentum of the comparison, 0.9. */
export const momentumEntry = optimiserEntry({
  ...entry,
  title: "SGD-M",
  summary: "SGD with momentum",
  look: { colour: "#0c33a0", dark: "#3666d5", dash: "solid", marker: "square" },
  settings: settings.extend({ momentum: settings.shape.momentum.unwrap().default(0.9) }),
});
