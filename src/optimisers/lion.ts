import { z } from "zod";
import { map } from "../core/tree.js";
import { add, mul, neg, sign, zerosLike } from "../engine/ops.js";
import { optimiserEntry, type Optimiser, type Params } from "./optimiser.js";

const settings = z.strictObject({
  beta1: z.number().min(0).lt(1).default(0.9).describe("share of the mean in what gives the step its sign"),
  beta2: z.number().min(0).lt(1).default(0.99).describe("share of the old mean in the new one"),
});
type State = { readonly m: Params };

/** Steps of one length in every coordinate: the sign of the gradient mixed with its running mean.
 *  g = ∇f(θ);  c = β₁m + (1−β₁)g;  θ ← θ − η(sgn(c) + λθ);  m ← β₂m + (1−β₂)g.
 *  @param s β₁, β₂ in [0, 1). Feeds, scalar: η learningRate > 0, λ weightDecay ≥ 0, decoupled.
 *  @returns state m shaped like θ, zero at first and not corrected for it: the sign does not see its size.
 *  Source: Chen et al. 2023 (arXiv 2302.06675), Algorithm 2. */
const lion = ({ beta1, beta2 }: z.output<typeof settings>): Optimiser<State> => ({
  init: (theta) => ({ m: map((w) => zerosLike(w), theta) }),
  update(grads, { m }, theta, { learningRate, weightDecay }) {
    const mixed = (beta: number): Params => map((mean, g) => add(mul(mean, beta), mul(g, 1 - beta)), m, grads);
    const rate = neg(learningRate);
    const step = map((c, w) => mul(rate, add(sign(c), mul(weightDecay, w))), mixed(beta1), theta);
    return { step, state: { m: mixed(beta2) } };
  },
});

export const entry = optimiserEntry({
  title: "Lion",
  summary: "Lion: the sign of a running mean, decoupled weight decay",
  look: { colour: "#7812dd", dark: "#58ac06", dash: "solid", marker: "triangle-right" },
  kind: "coordinatewise",
  extraWork: "",
  settings,
  candidates: [0.003, 0.001, 0.0003, 0.0001],
  create: lion,
  needs: [],
  decaysApart: true,
  statePerParameter: () => 1,
  source: "Chen et al. 2023, Algorithm 2",
});
