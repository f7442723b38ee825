import { describe, expect, test } from "vitest";
import { bayes, bayesSettings, usualBudget, type BayesSettings } from "../../src/tuning/bayes.js";
import { sobolPoints } from "../../src/tuning/sampling.js";
import { pointKey } from "../../src/tuning/score.js";
import type { Proposal, Search } from "../../src/tuning/search.js";
import { toUnit, type Box } from "../../src/tuning/space.js";
import { openSearch } from "../../src/tuning/strategies.js";
import { everything } from "../support/require.js";
import { BOX, CHANCE, LANDSCAPES, searchThrough, type Landscape } from "../support/landscapes.js";

const settings = bayesSettings.parse({});
const open = (seed: number, budget = 30, more: Partial<BayesSettings> = {}, box = BOX): Search =>
  bayes(box, { ...settings, ...more }, budget, seed, CHANCE);
const ridge = LANDSCAPES["ridge in log learning rate"];

/** Everything that a search asked for, in order. */
function proposals(search: Search, { at }: Landscape): Proposal[] {
  const all: Proposal[] = [];
  for (let points = search.ask(); points.length > 0; points = search.ask())
    for (const proposal of points) {
      all.push(proposal);
      search.tell(at(proposal));
    }
  return all;
}

/** Where nothing is required, fewer seeds are enough. */
const SEEDS = everything ? 20 : 4;

describe("better than chance: best of 30 points, median over the seeds", () => {
  const median = (values: readonly number[]): number => {
    const sorted = [...values].sort((a, b) => a - b);
    return (sorted[SEEDS / 2 - 1]! + sorted[SEEDS / 2]!) / 2;
  };
  const seeds = Array.from({ length: SEEDS }, (_, seed) => seed);

  test.each(Object.entries(LANDSCAPES))("%s", (_name, landscape) => {
    const [ofBayes, ofRandom] = (["bayes", "random"] as const).map((strategy) =>
      median(
        seeds.map((seed) =>
          searchThrough(openSearch({ strategy, box: BOX, budget: 30, seed, bayes: settings }, CHANCE), landscape),
        ),
      ),
    );
    expect(ofBayes!).toBeGreaterThan(ofRandom!);
    expect(landscape.best - ofBayes!).toBeLessThan(0.5 * (landscape.best - ofRandom!));
  });
});

describe("bayes", () => {
  test("begins with scrambled Sobol points, then asks for one at a time with its upper bound, up to the budget", () => {
    const search = open(3, 8);
    expect(search.ask()).toEqual(sobolPoints(5, BOX, 3));
    const all = proposals(search, ridge);
    expect(all).toHaveLength(8);
    expect(all.map(({ acquisition }) => acquisition !== undefined)).toEqual([
      ...Array<boolean>(5).fill(false),
      ...Array<boolean>(3).fill(true),
    ]);
    expect(search.ask()).toEqual([]);
    expect(new Set(all.map(pointKey)).size).toBe(8);
  });

  test("the same seed asks for the same points bit by bit; another seed for others", () => {
    expect(proposals(open(1, 9), ridge)).toEqual(proposals(open(1, 9), ridge));
    expect(proposals(open(1, 9), ridge)).not.toEqual(proposals(open(2, 9), ridge));
  });

  test("a proposal depends on what was told, not on who asked before", () => {
    const whole = proposals(open(4, 10), ridge);
    for (const told of [5, 7, 9]) {
      const fresh = open(4, 10);
      for (const point of whole.slice(0, told)) fresh.tell(ridge.at(point));
      expect(fresh.ask()).toEqual([whole[told]]);
    }
  });

  test("a larger budget begins with the points of a smaller one", () => {
    expect(proposals(open(5, 9), ridge).slice(0, 7)).toEqual(proposals(open(5, 7), ridge));
    expect(proposals(open(5, 3), ridge)).toEqual(sobolPoints(3, BOX, 5));
  });

  test("its settings decide what it asks for", () => {
    const proposal = (more: Partial<BayesSettings>): Proposal => proposals(open(6, 6, more), ridge)[5]!;
    const usual = proposal({});
    expect(proposal({ beta: 4 })).not.toEqual(usual);
    expect(proposal({ prior: "botorch-2024" })).not.toEqual(usual);
    expect(proposals(open(6, 4, { initial: 2 }), ridge)[2]!.acquisition).toBeDefined();
  });

  test("25 iterations follow the initial points, or count them", () => {
    expect(usualBudget(settings)).toBe(30);
    expect(usualBudget({ ...settings, countInit: true })).toBe(25);
    expect(usualBudget({ ...settings, initial: 2 })).toBe(27);
    expect(usualBudget({ ...settings, initial: 2, iterations: 2 })).toBe(4);
  });

  test("a diverged run counts as the worst accuracy that was seen, and never wins", () => {
    const told = (diverged: number | undefined): Search => {
      const search = open(7, 6);
      search.ask().forEach((point, i) =>
        search.tell({
          point,
          validationAccuracy: i === 2 ? diverged : 0.5 + i / 10,
          loss: 1,
          diverged: i === 2 && diverged === CHANCE,
        }),
      );
      return search;
    };
    // 0.5 is the worst of the others.
    expect(told(CHANCE).ask()).toEqual(told(0.5).ask());
    const search = open(7, 6);
    for (const point of search.ask()) search.tell({ point, validationAccuracy: undefined, loss: NaN, diverged: true });
    const [proposal] = search.ask();
    for (const value of Object.values(proposal!)) expect(Number.isFinite(value)).toBe(true);
    expect(search.winner().meanAccuracy).toBe(CHANCE);
  });

  test("the mean over the seeds is what is fitted", () => {
    const told = (accuracies: readonly number[]): Search => {
      const search = open(8, 6);
      search.ask().forEach((point, i) => {
        for (const by of accuracies)
          search.tell({ point, validationAccuracy: 0.5 + i / 10 + by, loss: 1, diverged: false });
      });
      return search;
    };
    expect(told([-0.0625, 0.0625]).ask()).toEqual(told([0]).ask());
  });

  test("returns the best point observed, not the best predicted", () => {
    const search = open(9, 12);
    const accuracies = proposals(search, ridge).map((point) => ridge.at(point).validationAccuracy!);
    expect(search.winner().meanAccuracy).toBe(Math.max(...accuracies));
    expect(search.trace()).toHaveLength(12);
  });

  test("an axis of one value is held there", () => {
    const held: Box = { ...BOX, weightDecay: { from: 5e-4, to: 5e-4 } };
    const all = proposals(open(1, 8, {}, held), ridge);
    expect(new Set(all.map(({ weightDecay }) => weightDecay))).toEqual(new Set([5e-4]));
    expect(new Set(all.map(({ learningRate }) => learningRate)).size).toBe(8);
  });

  test("no point is asked for twice, on a flat function or near a peak", () => {
    const flat: Landscape = {
      best: 0.5,
      at: (point) => ({ point, validationAccuracy: 0.5, loss: 1, diverged: false }),
    };
    for (const landscape of [flat, ridge]) {
      const all = proposals(open(2, 20), landscape).map((point) => toUnit(point, BOX));
      all.forEach(([a, b], i) => {
        for (const [c, d] of all.slice(0, i)) expect(Math.hypot(a! - c!, b! - d!)).toBeGreaterThan(5e-7);
      });
    }
  });
});
