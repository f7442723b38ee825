import { z } from "zod";
import { add, mul } from "../engine/ops.js";
import { SMALL_RATES } from "./shared/candidates.js";
import { optimiserEntry, type Optimiser } from "./optimiser.js";
import { signAgreement, signSettings } from "./shared/sign-agreement.js";

const settings = z.strictObject({
  ...signSettings,
  alpha: z.number().min(0).default(1).describe("multiplier of the gradient where the signs are unrelated"),
});

/** Multiplies the gradient by a constant plus how far its sign agrees with that of its running mean.
 *  g = ∇f(θ) + λθ;  m ← βm + (1−β)g;  s = sgn(g) sgn(m);  θ ← θ − η · (α + f s) · g.
 *  @param s α ≥ 0, β in [0, 1), the decay f (1 without). Feeds, scalar: η learningRate > 0, λ weightDecay ≥ 0.
 *  @returns state m shaped like θ.
 *  Source: Bello et al. 2017, Eq. 4; tensorflow/contrib/opt/python/training/addsign.py, whose code multiplies g (its
 *  doc string says m). The rule has no weight decay of its own; ours enters the gradient first. */
const addSign = ({ alpha, ...shared }: z.output<typeof settings>): Optimiser =>
  signAgreement(shared, (agreement, decayed) => add(mul(agreement, decayed), alpha));

export const entry = optimiserEntry({
  title: "AddSign",
  summary: "AddSign: a constant plus how well the signs of gradient and mean agree",
  look: { colour: "#cf4042", dark: "#c03809", dash: "mixed", marker: "triangle-down" },
  kind: "coordinatewise",
  extraWork: "",
  settings,
  candidates: SMALL_RATES,
  create: addSign,
  needs: [],
  statePerParameter: () => 1,
  source: "Bello et al. 2017; tensorflow/contrib/opt addsign.py",
});
