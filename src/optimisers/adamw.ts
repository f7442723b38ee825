import type { z } from "zod";
import { map } from "../core/tree.js";
import { mul, sub } from "../engine/ops.js";
import { adamMoments, entry as adamEntry, type adamSettings } from "./adam.js";
import { optimiserEntry, type Optimiser } from "./optimiser.js";

/** Adam with decoupled weight decay: the decay does not pass through the moments.
 *  θ ← (1 − ηλ)θ, then Adam's step on g = ∇f(θ).
 *  @param s as Adam's. Feeds, scalar: η learningRate > 0, λ weightDecay ≥ 0, and Adam's corrections.
 *  Source: torch.optim.AdamW 1.13; Loshchilov & Hutter 2019. */
function adamw(s: z.output<typeof adamSettings>): Optimiser {
  const moments = adamMoments(s) as Optimiser;
  return {
    ...moments,
    update(grads, state, theta, feeds) {
      const { step, state: next } = moments.update(grads, state, theta, feeds);
      const decay = mul(feeds.learningRate, feeds.weightDecay);
      return { step: map((d, w) => sub(d, mul(decay, w)), step, theta), state: next };
    },
  };
}

export const entry = optimiserEntry({
  ...adamEntry,
  title: "AdamW",
  summary: "Adam with decoupled weight decay",
  look: { colour: "#c074ae", dark: "#f3669a", dash: "dashed", marker: "triangle-up" },
  create: adamw,
  decaysApart: true,
  source: "torch.optim.AdamW",
});
