import { bayes, usualBudget, type BayesSettings } from "./bayes.js";
import { randomPoints, sobolPoints } from "./sampling.js";
import { listed, type Search } from "./search.js";
import type { Box, Point } from "./space.js";

export const STRATEGIES = ["grid", "random", "sobol", "bayes"] as const;
type StrategyName = (typeof STRATEGIES)[number];

/** Strategies that search ranges, not lists. */
export type BoxStrategy = Exclude<StrategyName, "grid">;

/** Points of random and Sobol searches, where the config names no budget. */
const USUAL_POINTS = 25;

/** Points in all, where the config names no budget. */
export const defaultBudget = (strategy: BoxStrategy, settings: BayesSettings | undefined): number =>
  strategy === "bayes" ? usualBudget(settings!) : USUAL_POINTS;

/** A search of ranges. */
export interface BoxSearch {
  readonly strategy: BoxStrategy;
  readonly box: Box;
  /** Points in all. */
  readonly budget: number;
  readonly seed: number;
  /** Of strategy bayes. */
  readonly bayes?: BayesSettings | undefined;
}

/** The points that a search asks for whatever comes of them: all of random and Sobol, the first of bayes. */
export function knownPoints({ strategy, box, budget, seed, bayes: settings }: BoxSearch): Point[] {
  if (strategy === "random") return randomPoints(budget, box, seed);
  return sobolPoints(strategy === "sobol" ? budget : Math.min(settings!.initial, budget), box, seed);
}

/** Opens a search. @param chance accuracy of guessing, as a fraction. */
export function openSearch(search: BoxSearch, chance: number): Search {
  const { strategy, box, budget, seed, bayes: settings } = search;
  if (strategy === "bayes") return bayes(box, settings!, budget, seed, chance);
  return listed(knownPoints(search), box, chance);
}
