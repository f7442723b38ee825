import { z } from "zod";

const decaySteps = z.int().positive().describe("D: steps over which it decays");
const zeroAfter = z.number().positive().optional().describe("periods after which the multiplier stays 0");

/** How the influence of the sign agreement decays; a bare "none" is no decay. */
export const signDecay = z.union([
  z.literal("none").transform(() => ({ kind: "none" as const })),
  z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("none") }),
    z.strictObject({ kind: z.literal("linear"), decaySteps }),
    z.strictObject({ kind: z.literal("cosine"), decaySteps, periods: z.number().positive().default(0.5), zeroAfter }),
    z.strictObject({ kind: z.literal("restart"), decaySteps, periods: z.number().positive().default(1), zeroAfter }),
  ]),
]);
export type SignDecay = z.output<typeof signDecay>;

/** The multiplier f of the sign agreement at step t = 1, 2, ..., in double precision; with τ = t − 1, n periods and z
 *  `zeroAfter`:
 *  none 1;  linear (D − min(τ, D))/D;  cosine ½(1 + cos(2πn min(τ, D)/D)), 0 once n min(τ, D)/D ≥ z;
 *  restart ½(1 + cos(π((nτ) mod D)/D)), 0 once nτ/D ≥ z.
 *  Source: tensorflow/tensorflow, tensorflow/contrib/opt/python/training/sign_decay.py; f is taken before the step
 *  counter rises. */
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
