import type { z } from "zod";
import type { MethodId } from "../optimisers/index.js";
import { curvatureTransform } from "../optimisers/meta-curvature.js";
import { alphaTransform } from "../optimisers/meta-sgd.js";
import { aruba } from "./aruba.js";
import { implicit } from "./metamd/metamd.js";
import { l2oLearner } from "./l2o/l2o.js";
import type { MetaLearner } from "./meta-learner.js";
import {
  arubaSettings,
  l2oSettings,
  metaCurvatureSettings,
  metamdSettings,
  metamdShortSettings,
  metaSgdSettings,
} from "./settings.js";
import { unrolled } from "./shared/unrolled.js";

/** How one method is learned. Methods of the same `learnedAs` share one learned file. */
interface MetaEntry<Id extends MethodId = MethodId, Settings extends z.ZodType = z.ZodType> {
  readonly learnedAs: Id;
  readonly settings: Settings;
  /** Whether a tenth of every task's images is held out to judge by. */
  readonly holdsOut: boolean;
  create(settings: z.output<Settings>): MetaLearner;
}
const entry = <Id extends MethodId, Settings extends z.ZodType>(
  line: MetaEntry<Id, Settings>,
): MetaEntry<Id, Settings> => line;

const arubaEntry = entry({ learnedAs: "aruba", settings: arubaSettings, holdsOut: false, create: aruba });
const metamd = entry({ learnedAs: "metamd", settings: metamdSettings, holdsOut: false, create: implicit });

/** Every learned method, by id. */
export const META_LEARNERS = {
  meta_sgd: entry({
    learnedAs: "meta_sgd",
    settings: metaSgdSettings,
    holdsOut: true,
    create: (settings) => unrolled("meta_sgd", alphaTransform, settings),
  }),
  meta_curvature: entry({
    learnedAs: "meta_curvature",
    settings: metaCurvatureSettings,
    holdsOut: true,
    create: (settings) => unrolled("meta_curvature", curvatureTransform, settings),
  }),
  aruba: arubaEntry,
  aruba_plus: arubaEntry,
  l2o: entry({ learnedAs: "l2o", settings: l2oSettings, holdsOut: true, create: l2oLearner }),
  metamd,
  metamd_short: entry({ learnedAs: "metamd_short", settings: metamdShortSettings, holdsOut: false, create: implicit }),
  metamd_momentum: metamd,
} satisfies Partial<Record<MethodId, unknown>>;
export type LearnedMethodId = keyof typeof META_LEARNERS;

export const isLearned = (method: string): method is LearnedMethodId => Object.hasOwn(META_LEARNERS, method);

/** Makes a method's meta-learner. @param settings as in a config; what is absent takes its default. */
export function createMetaLearner(method: LearnedMethodId, settings: unknown): MetaLearner {
  const line = META_LEARNERS[method] as unknown as MetaEntry;
  return line.create(line.settings.parse(settings ?? {}));
}
