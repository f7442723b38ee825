import { z } from "zod";
import { exp, mul } from "../engine/ops.js";
import { SMALL_RATES } from "./shared/candidates.js";
import { optimiserEntry, type Optimiser } from "./optimiser.js";
import { signAgreement, signSettings } from "./shared/sign-agreement.js";

const settings = z.strictObject({
  ...signSettings,
  base: z.number().gt(1).default(Math.E).describe("multiplier of the gradient where both signs agree"),
});

/** Multiplies the gradient by a power of how far its sign agrees with that of its running mean.
 *  g = ∇f(θ) + λθ;  m ← βm + (1−β)g;  s = sgn(g) sgn(m);  θ ← θ − η · base^(f s) · g.
 *  @param s base > 1, β in [0, 1), the decay f (1 without). Feeds, scalar: η learningRate > 0, λ weightDecay ≥ 0.
 *  @returns state m shaped like θ.
 *  Source: Bello et al. 2017, Eq. 3; tensorflow/contrib/opt/python/training/powersign.py. The rule has no weight decay
 *  of its own; ours enters the gradient first. */
const powerSign = ({ base, ...shared }: z.output<typeof settings>): Optimiser =>
  signAgreement(shared, (agreement, decayed) => exp(mul(mul(agreement, decayed), Math.log(base))));

export const entry = optimiserEntry({
  title: "PowerSign",
  summary: "PowerSign: a power of how well the signs of gradient and mean agree",
  look: { colour: "#846eea", dark: "#a7b3f1", dash: "dotted", marker: "triangle-down" },
  kind: "coordinatewise",
  extraWork: "",
  settings,
  candidates: SMALL_RATES,
  create: powerSign,
  needs: [],
  statePerParameter: () => 1,
  source: "Bello et al. 2017; tensorflow/contrib/opt powersign.py",
});
