import { memoryOfMachine } from "../../core/memory.js";
import type { ResolvedConfig } from "../../config/load.js";
import { ownSize } from "../../config/own-size.js";
import { holdouts } from "../../config/suite.js";
import { rowsOf } from "../../config/variants.js";
import { refuseLongTrajectories } from "../../meta/metamd/trajectories.js";
import { METHODS } from "../../optimisers/index.js";
import { NUMERICS } from "../../records/numerics.js";
import { PLAN_VERSION, type Plan } from "../../records/plan.js";
import { availableDomains, type Available } from "./available-domains.js";
import { learningTrajectories } from "./learning-trajectories.js";
import { refuseLargeSet } from "./large-sets.js";
import { modelsOf, refuseLargeModel } from "./model-fit.js";
import { ofRule } from "./plugged.js";
import { planCells } from "./plan-cells.js";
import { refuseWithoutValidation, smallSets } from "./small-sets.js";

/** Every run of an experiment whose domains are opened here. @param skipMissing whether domains without data are left out.
 *  @throws as `availableDomains` and `planOf`. */
export const makePlan = (config: ResolvedConfig, dataFolder: string, skipMissing = false): Plan =>
  planOf(config, availableDomains(config, dataFolder, skipMissing));

/** Every run of an experiment, in the order in which they are run.
 *  A run's id is the hash of its resolved cell, of the ids it builds on, of its data's checksums, and of the numerics.
 *  @throws UserError: (data) that names a dataset without an image to validate on, or what of given initial weights does not
 *  fit; (usage) images, a model, a batch or an unrolled inner run do not fit into this machine's memory; a given learned file
 *  does not fit, or was learned where it is tested. */
export function planOf(config: ResolvedConfig, available: Available): Plan {
  const models = modelsOf(config, available);
  for (const [id, model] of models) {
    refuseLargeSet(available.domains.get(id)!, memoryOfMachine());
    refuseLargeModel(model, config, available.domains.get(id)!, memoryOfMachine());
    refuseLongTrajectories(learningTrajectories(config, model, "float32"), memoryOfMachine());
  }
  for (const { holdout } of available.holdouts) refuseWithoutValidation(available.domains.get(holdout)!);
  const small = smallSets(config, available);
  const smaller = ownSize(config);
  return {
    schemaVersion: PLAN_VERSION,
    numerics: NUMERICS,
    experiment: config.experimentFolder,
    title: config.title,
    table: config.table,
    preset: config.preset,
    configHash: config.hash,
    config: { ...config.resolved },
    methods: rowsOf(config).map((row) => {
      const { id, title, method } = row;
      return { id, title, ...(ofRule(config, row) && { look: METHODS.of(method).look }) };
    }),
    holdouts: holdouts(config).map(({ holdout }) => holdout),
    missing: available.missing,
    smallSets: small,
    ...(smaller.length > 0 && { ownSize: smaller }),
    cells: planCells(config, available, models),
  };
}
