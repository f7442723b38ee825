import { z } from "zod";
import { mean } from "../core/averages.js";
import { namedStream } from "../core/rng.js";
import { maximisers, upperConfidenceBound } from "./acquisition.js";
import { fit } from "./fit.js";
import { posterior, type Inputs } from "./gaussian-process.js";
import { PRIOR_NAMES, PRIORS } from "./priors.js";
import { sobolPoints } from "./sampling.js";
import { accuracyOf, pointKey, score, type Outcome } from "./score.js";
import type { Proposal, Search } from "./search.js";
import { select } from "./select.js";
import { sobol } from "./sobol.js";
import { AXES, fromUnit, toUnit, type Box } from "./space.js";

/** How Bayesian optimisation searches. */
export const bayesSettings = z.strictObject({
  prior: z
    .enum(PRIOR_NAMES)
    .default("botorch-2021")
    .meta({ description: "of the Gaussian process: those of the paper's time, or today's" }),
  beta: z
    .number()
    .min(0)
    .default(0.1)
    .meta({ description: "of the upper confidence bound: 0.1 exploits, as the paper's library does; 2 explores" }),
  initial: z.int().positive().default(5).meta({ description: "scrambled Sobol points before the first fit" }),
  iterations: z.int().positive().default(25).meta({ description: "fits, each followed by a point; without a budget" }),
  countInit: z.boolean().default(false).meta({ description: "whether the initial points are among the iterations" }),
});
export type BayesSettings = z.output<typeof bayesSettings>;

const CANDIDATES = 512;
/** Points nearer to each other than this, in the unit square, are the same. */
const DUPLICATE = 1e-6;

/** Points in all, where the config names no budget. */
export const usualBudget = ({ initial, iterations, countInit }: BayesSettings): number =>
  countInit ? iterations : initial + iterations;

/** GP-UCB: a Gaussian process is fitted to the standardised accuracies, and the point of the highest upper confidence
 *  bound is asked for next. A proposal depends on what was told, the seed and the number of points told, on nothing else.
 *  @param budget points in all. @param chance accuracy of guessing, as a fraction.
 *  Source: paper A.7, Srinivas et al. 2010, BoTorch 0.3 to 0.12. Divergences: the priors of 2021 are used with an RBF
 *  kernel, as the paper names it; the acquisition is maximised by 512 candidates and a pattern search. */
export function bayes(box: Box, settings: BayesSettings, budget: number, seed: number, chance: number): Search {
  const told: Outcome[] = [];
  const initial = sobolPoints(Math.min(settings.initial, budget), box, seed);
  return {
    ask() {
      const scores = score(told, chance);
      const known = new Set(scores.map(({ point }) => pointKey(point)));
      const left = initial.filter((point) => !known.has(pointKey(point)));
      if (left.length > 0 || scores.length >= budget) return left;
      return [propose(told, box, settings, seed, chance)];
    },
    tell: (outcome) => void told.push(outcome),
    winner: () => select(score(told, chance), box),
    trace: () => score(told, chance),
  };
}

function propose(
  told: readonly Outcome[],
  box: Box,
  { prior, beta }: BayesSettings,
  seed: number,
  chance: number,
): Proposal {
  const { inputs, outcomes } = observations(told, box, chance);
  const { z, mean, deviation } = standardise(outcomes);
  const uniform = namedStream(seed, "tuning", "bayes", inputs.length);
  const predict = posterior(inputs, z, fit(inputs, z, PRIORS[prior](AXES.length), uniform));
  const movable = AXES.flatMap((axis, d) => (box[axis].from < box[axis].to ? [d] : []));
  const candidates = sobol(CANDIDATES, uniform).map((place) =>
    place.map((value, d) => (movable.includes(d) ? value : 0)),
  );
  const ranked = maximisers((x) => upperConfidenceBound(predict(x), beta), candidates, movable);
  const isNew = (x: readonly number[]): boolean =>
    inputs.every((other) => Math.hypot(...other.map((value, d) => value - x[d]!)) >= DUPLICATE);
  const chosen = ranked.find(({ x }) => isNew(x)) ?? ranked[0]!;
  return { ...fromUnit(chosen.x, box), acquisition: mean + deviation * chosen.value };
}

/** Places and mean accuracies of the points told. A diverged run has the worst accuracy of those that did not. */
function observations(told: readonly Outcome[], box: Box, chance: number): { inputs: Inputs; outcomes: number[] } {
  const finished = told.filter(({ diverged }) => !diverged).map((outcome) => accuracyOf(outcome, chance));
  const worst = finished.length > 0 ? Math.min(...finished) : chance;
  const filled = told.map((outcome) =>
    outcome.diverged ? { ...outcome, diverged: false, validationAccuracy: worst } : outcome,
  );
  const scores = score(filled, chance);
  return {
    inputs: scores.map(({ point }) => toUnit(point, box)),
    outcomes: scores.map(({ meanAccuracy }) => meanAccuracy),
  };
}

/** Mean 0 and sample standard deviation 1. @internal Exported for tests. */
export function standardise(values: readonly number[]): {
  readonly z: number[];
  readonly mean: number;
  readonly deviation: number;
} {
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  const deviation = Math.max(Math.sqrt(squares / Math.max(values.length - 1, 1)), 1e-8);
  return { z: values.map((value) => (value - centre) / deviation), mean: centre, deviation };
}
