import { z } from "zod";
import { map } from "../../core/tree.js";
import { add, mul, neg, sign, zerosLike, type Operand, type Tensor } from "../../engine/ops.js";
import type { Optimiser, Params } from "../optimiser.js";
import { signDecay, signDecayAt, type SignDecay } from "./sign-decay.js";
import { coupled } from "./weight-decay.js";

/** What PowerSign and AddSign have in common. */
export const signSettings = {
  beta: z.number().min(0).lt(1).default(0.9),
  decay: signDecay.default({ kind: "none" }),
};
type State = { readonly m: Params };

/** A rule that scales the gradient by how far its sign agrees with that of its running mean.
 *  g = ∇f(θ) + λθ;  m ← βm + (1−β)g;  s = sgn(g) sgn(m);  θ ← θ − η · scale(s, f) · g.
 *  m starts at 0, is not corrected for it, and is updated before its sign is taken; f is the decay of this step.
 *  @param beta β in [0, 1). @param scale of s and f, elementwise.
 *  @returns state m shaped like θ. */
export function signAgreement(
  { beta, decay }: { readonly beta: number; readonly decay: SignDecay },
  scale: (agreement: Tensor, decayed: Operand) => Tensor,
): Optimiser<State> {
  const decays = decay.kind !== "none";
  return {
    init: (theta) => ({ m: map((w) => zerosLike(w), theta) }),
    hostFeeds: (t): Record<string, number> => (decays ? { signDecay: signDecayAt(decay, t) } : {}),
    update(grads, state, theta, feeds) {
      const g = coupled(grads, theta, feeds);
      const m = map((old, x) => add(mul(old, beta), mul(x, 1 - beta)), state.m, g);
      const rate = neg(feeds.learningRate);
      const agreement = (x: Tensor, mean: Tensor): Tensor => mul(sign(x), sign(mean));
      const step = map((x, mean) => mul(mul(rate, x), scale(agreement(x, mean), decays ? feeds.signDecay! : 1)), g, m);
      return { step, state: { m } };
    },
  };
}
