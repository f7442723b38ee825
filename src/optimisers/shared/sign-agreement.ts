import { z } from "zod";
import { map } from "../../core/tree.js";
import { add, mul, neg, sign, zerosLike, type Operand, type Tensor } from "../../engine/ops.js";
import type { Optimiser, Params } from "../optimiser.js";
import { coupled } from "./weight-decay.js";

const decaySteps = z.int().positive().describe("D: steps over which it decays");
const zeroAfter = z.number().positive().optional().describe("periods after which the multiplier stays 0");

/** How the influence of the sign agreement decays; a bare "none" is no decay.
 *  @internal Exported for tests. */
export const signDecay = z.union([
  z.literal("none").transform(() => ({ kind: "none" as const })),
  z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("none") }),
    z.strictObject({ kind: z.literal("linear"), decaySteps }),
    z.strictObject({ kind: z.literal("cosine"), decaySteps, periods: z.number().positive().default(0.5), zeroAfter }),
    z.strictObject({ kind: z.literal("restart"), decaySteps, periods: z.number().positive().default(1), zeroAfter }),
  ]),
]);
type SignDecay = z.output<typeof signDecay>;

/** The multiplier f of the sign agreement at step t = 1, 2, ..., in double precision; with τ = t − 1, n periods and z
 *  `zeroAfter`:
 *  none 1;  linear (D − min(τ, D))/D;  cosine ½(1 + cos(2πn min(τ, D)/D)), 0 once n min(τ, D)/D ≥ z;
 *  restart ½(1 + cos(π((nτ) mod D)/D)), 0 once nτ/D ≥ z.
 *  Source: tensorflow/tensorflow, tensorflow/contrib/opt/python/training/sign_decay.py; f is taken before the step
 *  counter rises.
 *  @internal Exported for tests. */
export function signDecayAt(decay: SignDecay, t: number): number {
  const before = t - 1;
  switch (decay.kind) {
    case "none":
      return 1;
    case "linear":
      return (decay.decaySteps - Math.min(before, decay.decaySteps)) / decay.decaySteps;
    case "cosine": {
      const passed = (decay.periods * Math.min(before, decay.decaySteps)) / decay.decaySteps;
      return passed >= (decay.zeroAfter ?? Infinity) ? 0 : 0.5 * (1 + Math.cos(2 * Math.PI * passed));
    }
    case "restart": {
      const passed = (decay.periods * before) / decay.decaySteps;
      const since = ((decay.periods * before) % decay.decaySteps) / decay.decaySteps;
      return passed >= (decay.zeroAfter ?? Infinity) ? 0 : 0.5 * (1 + Math.cos(Math.PI * since));
    }
  }
}

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
