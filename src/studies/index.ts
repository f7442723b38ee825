import type { CONFIG_SCHEMAS } from "./config-schemas.js";
import type { StudyShow } from "../reporting/study-show.js";
import { certificate } from "./certificate/index.js";
import { cost } from "./cost/index.js";
import { datasets } from "./datasets/index.js";
import { hypergradient } from "./hypergradient/index.js";
import { landscape } from "./landscape/index.js";
import { quadratic } from "./quadratic/index.js";
import { rank } from "./rank/index.js";
import type { Study } from "./shared/study.js";
import { sharpness } from "./sharpness/index.js";

export type { ConfigKindName } from "./config-schemas.js";
export type { Study, StudyOption } from "./shared/study.js";

/** Every study, in the order of `--help`. */
export const STUDIES: Readonly<Record<string, Study>> = {
  quadratic,
  sharpness,
  landscape,
  rank,
  certificate,
  hypergradient,
  cost,
  datasets,
};

/** What studies hand in to tables, figures, reports and claims. */
export const showsOf = (studies: Readonly<Record<string, Study>> = STUDIES): Promise<StudyShow[]> =>
  Promise.all(Object.values(studies).map((one) => one.show()));

/** The schema of every kind of config file. */
export const configSchemas = async (): Promise<typeof CONFIG_SCHEMAS> =>
  (await import("./config-schemas.js")).CONFIG_SCHEMAS;
