import type { ResolvedConfig } from "../../config/load.js";
import { rowsOf } from "../../config/variants.js";
import type { EngineDetails } from "../../engine/engine.js";
import { UNROLLED } from "../../meta/metamd/hypergradient.js";
import type { MetamdSettings } from "../../meta/metamd/settings.js";
import { trajectoryOf, type Trajectory } from "../../meta/metamd/trajectories.js";
import type { Model } from "../../models/model.js";

/** The trajectory of a row that has a meta-training of its own in mode `unrolled`. */
export interface LearningTrajectory extends Trajectory {
  readonly id: string;
}

export const learningTrajectories = (
  config: ResolvedConfig,
  model: Pick<Model, "parameters">,
  precision: EngineDetails["precision"],
): LearningTrajectory[] =>
  rowsOf(config).flatMap(({ learning }) => {
    const { mode, innerSteps } = (learning?.settings ?? {}) as Partial<MetamdSettings>;
    if (learning === undefined || mode !== UNROLLED || innerSteps === undefined) return [];
    const { id } = learning;
    const [, variant] = id.split("/");
    const where = `${variant === undefined ? `metaTraining.${id}` : `variants.${variant}.metaTraining`}.innerSteps`;
    return [{ id, ...trajectoryOf(where, innerSteps, model, precision) }];
  });
