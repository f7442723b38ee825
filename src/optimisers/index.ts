import { openTable } from "../core/registry.js";
import { map, type Leaves } from "../core/tree.js";
import type { ParameterSpec } from "../engine/parameters.js";
import { entry as adam } from "./adam.js";
import { entry as adamw } from "./adamw.js";
import { entry as addSign } from "./add-sign.js";
import { entry as arubaPlus } from "./aruba/aruba-plus.js";
import { entry as aruba } from "./aruba/aruba.js";
import { entry as kfac } from "./kfac/kfac.js";
import { entry as metaCurvature } from "./meta-curvature.js";
import { entry as metaSgd } from "./meta-sgd.js";
import { entry as l2o } from "./l2o/l2o.js";
import { entry as lion } from "./lion.js";
import { entry as metamd, momentumEntry as metamdMomentum, shortEntry as metamdShort } from "./metamd.js";
import type { LearnedValues, Optimiser, OptimiserContext, OptimiserEntry } from "./optimiser.js";
import { entry as powerSign } from "./power-sign.js";
import { entry as rmsprop } from "./rmsprop.js";
import { entry as sgd, momentumEntry as sgdMomentum } from "./sgd.js";

/** Every method that comes with the program, by the id that configs and tables use. */
export const OPTIMISERS = {
  sgd,
  sgd_momentum: sgdMomentum,
  adam,
  adamw,
  rmsprop,
  kfac,
  l2o,
  meta_sgd: metaSgd,
  meta_curvature: metaCurvature,
  aruba,
  aruba_plus: arubaPlus,
  power_sign: powerSign,
  add_sign: addSign,
  lion,
  metamd,
  metamd_short: metamdShort,
  metamd_momentum: metamdMomentum,
};
export type OwnMethodId = keyof typeof OPTIMISERS;
/** A name that a plug-in brings. */
export type PluggedId = string & { readonly plugged: true };
export type MethodId = OwnMethodId | PluggedId;
export const METHOD_IDS = Object.keys(OPTIMISERS) as OwnMethodId[];

/** Every method: those of the program, and those of plug-ins. */
export const METHODS = openTable<MethodId, OptimiserEntry>(OPTIMISERS as unknown as Record<string, OptimiserEntry>);

type LearnerOf<Id extends OwnMethodId> = NonNullable<(typeof OPTIMISERS)[Id]["learned"]>["by"];
export type OwnLearnerId = LearnerOf<OwnMethodId>;
/** Who learns methods; the table is `meta/index.ts`. */
export type LearnerId = OwnLearnerId | PluggedId;
type LearnedMethodId = { [Id in OwnMethodId]: [LearnerOf<Id>] extends [never] ? never : Id }[OwnMethodId] | PluggedId;

export const isLearned = (id: string): id is LearnedMethodId => METHODS.has(id) && METHODS.of(id).learned !== undefined;

/** Who learns a method. */
export const learnerOf = (id: LearnedMethodId): LearnerId => METHODS.of(id).learned!.by as LearnerId;

/** The paper's fourteen methods, in the order of its protocol: what "all" means in a config. */
export const PAPER_METHODS = [
  "sgd",
  "sgd_momentum",
  "adam",
  "adamw",
  "rmsprop",
  "kfac",
  "l2o",
  "meta_sgd",
  "meta_curvature",
  "aruba",
  "aruba_plus",
  "power_sign",
  "add_sign",
  "metamd",
] as const satisfies readonly MethodId[];

/** What a learned method applies before anything is learned; nothing for a plain one. */
export function untrained(id: MethodId, parameters: Leaves<ParameterSpec>): LearnedValues {
  return METHODS.of(id).learned?.untrained(parameters) ?? {};
}

/** How many numbers a method learns for parameters, by parameter or by the name of what serves all of them; initial
 *  weights not counted. Empty for a plain method. */
export function learnedCounts(id: MethodId, parameters: Leaves<ParameterSpec>): Record<string, number> {
  const { learned } = METHODS.of(id);
  return map(
    (values) => {
      const counted = Object.entries(values).filter(([symbol]) => learned?.symbols?.includes(symbol) ?? true);
      return counted.reduce((sum, [, numbers]) => sum + numbers.length, 0);
    },
    untrained(id, parameters),
  );
}

/** Makes a method's rule. @param settings as in a config; what is absent takes its default. */
export function createOptimiser(id: MethodId, settings: unknown, context: OptimiserContext): Optimiser {
  const line = METHODS.of(id);
  return line.create(line.settings.parse(settings ?? {}), context);
}
