import type { LearnerId } from "../optimisers/index.js";
import { aruba } from "./aruba.js";
import { l2o } from "./l2o/l2o.js";
import { metaCurvature } from "./meta-curvature.js";
import type { LearnerEntry, MetaLearner } from "./meta-learner.js";
import { metaSgd } from "./meta-sgd.js";
import { metamd, metamdShort } from "./metamd/metamd.js";

/** Every learner, by the id that a method's entry names. */
export const LEARNERS = {
  meta_sgd: metaSgd,
  meta_curvature: metaCurvature,
  aruba,
  l2o,
  metamd,
  metamd_short: metamdShort,
} satisfies Record<LearnerId, unknown>;
export const LEARNER_IDS = Object.keys(LEARNERS) as LearnerId[];

/** Makes a learner. @param settings as in a config; what is absent takes its default. */
export function createMetaLearner(id: LearnerId, settings: unknown): MetaLearner {
  const line = LEARNERS[id] as unknown as LearnerEntry;
  return line.create(line.settings.parse(settings ?? {}));
}
