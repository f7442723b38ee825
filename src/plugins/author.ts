// What a plug-in is written with: docs/own-optimiser.md.
import type { z as zod } from "zod";
import type { OptimiserEntry } from "../optimisers/optimiser.js";
import type { PluginOptimiser } from "./entries.js";

export { z } from "zod";
export { map, type Leaves, type Tree } from "../core/tree.js";
export { hostArray, tensorFrom, tidy } from "../engine/memory.js";
export * as ops from "../engine/ops.js";
export type { Tensor } from "../engine/ops.js";
export type { ParameterSpec, Params } from "../engine/parameters.js";
export { learnerEntry, type LearnerEntry, type MetaLearner, type MetaTraining } from "../meta/meta-learner.js";
export { modelEntry, type ModelEntry } from "../models/index.js";
export type { Model } from "../models/model.js";
export type { LearnedValues, Optimiser, OptimiserContext, ScalarFeeds } from "../optimisers/optimiser.js";
export { coupled } from "../optimisers/shared/weight-decay.js";
export type { PluginOptimiser } from "./entries.js";

/** Checks a method's line against its own settings, where types are checked; gives it back as it is. */
export const optimiserEntry = <Settings extends zod.ZodType>(
  line: Omit<OptimiserEntry<Settings>, "look" | "candidates"> & Pick<PluginOptimiser, "look">,
): Omit<OptimiserEntry<Settings>, "look" | "candidates"> & Pick<PluginOptimiser, "look"> => line;
