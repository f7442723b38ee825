import { alphaTransform } from "../optimisers/meta-sgd.js";
import { learnerEntry } from "./meta-learner.js";
import { unrolled, unrolledInert, unrolledSettings } from "./shared/unrolled.js";

/** Meta-SGD's meta-training; the learned rates are rates already, so eta is 1. */
export const metaSgd = learnerEntry({
  settings: unrolledSettings,
  holdsOut: true,
  inert: unrolledInert,
  heldPerParameter: ({ unrollSteps }) => 24 + unrollSteps,
  create: (settings) => unrolled("meta_sgd", alphaTransform, settings),
});
