import { map } from "../../core/tree.js";
import { add, mul } from "../../engine/ops.js";
import type { Params, ScalarFeeds } from "../optimiser.js";

/** Coupled (L2) weight decay: g + λθ. @param feeds λ = weightDecay ≥ 0. */
export const coupled = (grads: Params, theta: Params, { weightDecay }: ScalarFeeds): Params =>
  map((g, w) => add(g, mul(weightDecay, w)), grads, theta);
