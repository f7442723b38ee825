import type { StudyShow } from "../reporting/study-show.js";
import { certificate } from "./certificate/index.js";
import { cost } from "./cost/index.js";
import { datasets } from "./datasets/index.js";
import { hypergradient } from "./hypergradient/index.js";
import { landscape } from "./landscape/index.js";
import { quadratic } from "./quadratic/index.js";
import { rank } from "./rank/index.js";
import type { ConfigSchema, Study } from "./shared/study.js";
import { sharpness } from "./sharpness/index.js";

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

/** What config files are of: an experiment, or a study that has its own. */
export const CONFIG_KINDS: readonly string[] = [
  "experiment",
  ...Object.keys(STUDIES).filter((name) => STUDIES[name]!.config !== undefined),
];

/** The schema of a kind of config file. @param kind one of CONFIG_KINDS. */
export const configSchema = async (kind: string): Promise<ConfigSchema> =>
  (await STUDIES[kind]?.config?.()) ?? (await import("../config/schema.js")).configSchemaFor;
