import { openTable } from "../core/registry.js";
import type { LearnerId, OwnLearnerId } from "../optimisers/index.js";
import { aruba } from "./aruba.js";
import { l2o } from "./l2o/l2o.js";
import { metaCurvature } from "./meta-curvature.js";
import type { LearnerEntry, MetaLearner } from "./meta-learner.js";
import { metaSgd } from "./meta-sgd.js";
import { metamd, metamdShort } from "./metamd/metamd.js";

/** Every learner that comes with the program, by the id that a method's entry names. */
export const OWN_LEARNERS = {
  meta_sgd: metaSgd,
  meta_curvature: metaCurvature,
  aruba,
  l2o,
  metamd,
  metamd_short: metamdShort,
} satisfies Record<OwnLearnerId, unknown>;
export const LEARNER_IDS = Object.keys(OWN_LEARNERS) as OwnLearnerId[];

/** Every learner: those of the program, and those of plug-ins. */
export const LEARNERS = openTable<LearnerId, LearnerEntry>(OWN_LEARNERS as unknown as Record<string, LearnerEntry>);

/** Makes a learner. @param settings as in a config; what is absent takes its default. */
export function createMetaLearner(id: LearnerId, settings: unknown): MetaLearner {
  const line = LEARNERS.of(id);
  return line.create(line.settings.parse(settings ?? {}));
}
