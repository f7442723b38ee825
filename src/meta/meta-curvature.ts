import { curvatureTransform } from "../optimisers/meta-curvature.js";
import { learnerEntry } from "./meta-learner.js";
import { unrolled, unrolledInert, unrolledSettings } from "./shared/unrolled.js";

/** Meta-Curvature's meta-training; eta as in MetaMD's inner runs, so that both see the same stretch of training. */
const settings = unrolledSettings.extend({
  innerLearningRate: unrolledSettings.shape.innerLearningRate.unwrap().default(0.1).describe("eta, of the inner steps"),
});

export const metaCurvature = learnerEntry({
  settings,
  holdsOut: true,
  inert: unrolledInert,
  heldPerParameter: ({ unrollSteps }) => 32 + unrollSteps,
  create: (settings) => unrolled("meta_curvature", curvatureTransform, settings),
});
