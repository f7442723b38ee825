import type { ResolvedConfig } from "../../config/load.js";
import { identify } from "../../config/read-config.js";
import type { Plan } from "../../records/plan.js";

/** A config whose runs are those of its folder, and what else its plan is to say. */
export interface Continued {
  readonly config: ResolvedConfig;
  /** The window of the AUC that tables show, where it is not that of the runs. */
  readonly more: Pick<Plan, "aucWindowSteps">;
}

/** Goes on with a folder whose runs have another window of the AUC: they keep theirs, which breaks ties in tuning, and the
 *  areas in the tables are of the new one. */
export function continuing(config: ResolvedConfig, held: Plan | undefined): Continued {
  const { aucWindowSteps } = config.training;
  const before = (held?.config["training"] as Partial<ResolvedConfig["training"]> | undefined)?.aucWindowSteps;
  if (before === undefined || before === aucWindowSteps) return { config, more: {} };
  const training = { ...config.training, aucWindowSteps: before };
  const resolved = { ...config.resolved, training };
  return {
    config: { ...config, training, ...identify(config.preset, resolved), resolved },
    more: { aucWindowSteps },
  };
}
