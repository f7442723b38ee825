import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { namedStream } from "../../src/core/rng.js";
import { score, type Outcome } from "../../src/tuning/score.js";
import { choose, select } from "../../src/tuning/select.js";

const CHANCE = 0.1;
const IMAGES = 1000;

interface Run {
  /** Validation images that were right; undefined: diverged. */
  readonly right: number | undefined;
  readonly loss?: number;
}
const outcomes = (learningRate: number, ...runs: Run[]): Outcome[] =>
  runs.map(({ right, loss = 1 }) => ({
    point: { learningRate, weightDecay: 0 },
    validationAccuracy: right === undefined ? CHANCE : right / IMAGES,
    images: IMAGES,
    loss,
    diverged: right === undefined,
  }));
const chosen = (...all: Outcome[][]) => choose(score(all.flat(), CHANCE));

describe("the standard error", () => {
  it("of one seed is the binomial one of the images", () => {
    // √(.5·.5/1000), in images
    const { margin } = chosen(outcomes(0.1, { right: 500 }), outcomes(0.01, { right: 300 }));
    expect(margin!.errorImages).toBeCloseTo(Math.sqrt(0.25 * IMAGES), 9);
    expect(margin).toMatchObject({ images: 200, tied: 0 });
  });

  it("is not less for more seeds, which are judged on the same images, and never 0", () => {
    const same = (right: number): Run[] => [{ right }, { right }, { right }];
    expect(chosen(outcomes(0.1, ...same(500)), outcomes(0.01, { right: 300 })).margin!.errorImages).toBeCloseTo(
      Math.sqrt(0.25 * IMAGES),
      9,
    );
    expect(
      chosen(outcomes(0.1, { right: IMAGES }), outcomes(0.01, { right: 999 })).margin!.errorImages,
    ).toBeGreaterThan(0.9);
  });

  it("is that of the seeds where it is larger: the median over the points, corrected, over the root of the runs", () => {
    // Variances 2·100² and 2·50², median 12,500; of one degree of freedom the median is (7/9)³ of the mean.
    const { margin } = chosen(
      outcomes(0.1, { right: 900 }, { right: 700 }),
      outcomes(0.01, { right: 500 }, { right: 400 }),
    );
    expect(margin!.errorImages).toBeCloseTo(Math.sqrt(12_500 / (7 / 9) ** 3 / 2), 9);
    expect(margin).toMatchObject({ images: 350, tied: 0 });
  });

  it("is that of no single point: where one seed of a rate far off collapsed or almost, it says nothing of the others", () => {
    const steady = [0.1, 0.05, 0.01].map((rate, i) =>
      outcomes(rate, { right: 900 - 100 * i }, { right: 898 - 100 * i }),
    );
    const alone = chosen(...steady).margin!.errorImages;
    expect(chosen(...steady, outcomes(1, { right: 850 }, { right: 110 })).margin!.errorImages).toBe(alone);
    expect(chosen(...steady, outcomes(1, { right: 850 }, { right: 250 })).margin!.errorImages).toBe(alone);
    expect(chosen(...steady, outcomes(1, { right: 850 }, { right: undefined })).margin!.errorImages).toBe(alone);
  });

  it.each([2, 3, 5])("of %i seeds is the deviation that they have, over the root of their number", (seeds) => {
    const uniform = namedStream(1, "seeds", seeds);
    const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
    const points = Array.from({ length: 4000 }, (_, i) =>
      outcomes(1 / (i + 1), ...Array.from({ length: seeds }, () => ({ right: Math.round(700 + 60 * normal()) }))),
    );
    const error = chosen(...points).margin!.errorImages * Math.sqrt(seeds);
    expect(Math.abs(error / 60 - 1)).toBeLessThan(0.04);
  });
});

describe("choose", () => {
  it("takes the highest mean over the seeds where nothing else is near", () => {
    const best = chosen(outcomes(0.1, { right: 900 }, { right: 500 }), outcomes(0.01, { right: 800 }, { right: 750 }));
    expect(best).toMatchObject({ point: { learningRate: 0.01 }, meanAccuracy: 0.775, runs: 2, diverged: 0 });
  });

  it("takes the lowest training loss among those within one standard error, and says by how many images it is behind", () => {
    // The error at 900 right is 9.5 images.
    const all = [
      outcomes(1, { right: 890, loss: 0.1 }),
      outcomes(0.1, { right: 900, loss: 0.4 }),
      outcomes(0.01, { right: 891, loss: 0.3 }),
      outcomes(0.001, { right: 895, loss: 0.35 }),
    ];
    const best = chosen(...all);
    expect(best.point.learningRate).toBe(0.01);
    expect(best.margin).toMatchObject({ images: -9, tied: 2 });
    expect(best.margin!.errorImages).toBeCloseTo(9.5, 1);
  });

  it("says by how many images it is ahead where the highest accuracy has the lowest loss of the tied ones, too", () => {
    const best = chosen(
      outcomes(0.1, { right: 900, loss: 0.1 }, { right: 901, loss: 0.1 }),
      outcomes(0.01, { right: 899 }, { right: 899 }),
    );
    expect(best.margin).toMatchObject({ images: 1.5, tied: 1 });
  });

  it("breaks what is left by the higher accuracy, then the lower learning rate", () => {
    expect(chosen(outcomes(0.1, { right: 900 }), outcomes(0.01, { right: 899 })).point.learningRate).toBe(0.1);
    expect(chosen(outcomes(0.1, { right: 900 }), outcomes(0.01, { right: 900 })).point.learningRate).toBe(0.01);
  });

  it("takes a point with a diverged run only where all others are clearly worse", () => {
    const half = outcomes(1, { right: 950, loss: 0.1 }, { right: undefined });
    expect(chosen(half, outcomes(0.1, { right: 520, loss: 9 })).point.learningRate).toBe(0.1);
    expect(chosen(half, outcomes(0.1, { right: 530, loss: 9 })).point.learningRate).toBe(0.1);
    expect(chosen(half, outcomes(0.1, { right: 400 })).point.learningRate).toBe(1);
  });

  it("has no margin of a single point, and takes the highest mean where the records do not count images", () => {
    expect(chosen(outcomes(0.1, { right: 900 })).margin).toBeUndefined();
    const old = [outcomes(0.1, { right: 900, loss: 2 }), outcomes(0.01, { right: 899, loss: 1 })].flat();
    const uncounted = old.map((run): Outcome => ({ ...run, images: undefined }));
    expect(choose(score(old, CHANCE)).point.learningRate).toBe(0.01);
    expect(choose(score(uncounted, CHANCE))).toMatchObject({ point: { learningRate: 0.1 }, margin: undefined });
  });

  it("needs a point", () => expect(() => choose([])).toThrow("no outcome"));

  const run = fc.record({
    right: fc.option(fc.integer({ min: 80, max: IMAGES }), { nil: undefined, freq: 4 }),
    loss: fc.double({ min: 0, max: 3, noNaN: true }),
  });
  const searches = fc
    .array(fc.array(run, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 8 })
    .map((points) => points.map((runs, i) => outcomes(0.1 ** i, ...runs)));

  it("chooses the same in any order of the points and runs", () => {
    const shuffled = searches.chain((points) =>
      fc.tuple(fc.constant(points.flat()), fc.shuffledSubarray(points.flat(), { minLength: points.flat().length })),
    );
    fc.assert(
      fc.property(shuffled, ([all, other]) => {
        expect(choose(score(other, CHANCE))).toEqual(choose(score(all, CHANCE)));
      }),
      { numRuns: 500 },
    );
  });

  it("never chooses a point whose runs all diverged, not even where the other is at chance with a diverged run", () => {
    const run = { validationAccuracy: 0.1, images: 1000, loss: 0, diverged: true };
    const [higher, lower] = [1, 0.1].map((learningRate) => ({ learningRate, weightDecay: 0 }));
    const best = chosen(
      [
        { ...run, point: higher! },
        { ...run, point: higher!, diverged: false },
      ],
      [{ ...run, point: lower! }],
    );
    expect(best.point).toEqual(higher);
  });

  it("never chooses a point whose runs all diverged where another has a run that did not", () => {
    fc.assert(
      fc.property(searches, (points) => {
        const finished = points.some((runs) => runs.some(({ diverged }) => !diverged));
        const best = chosen(...points);
        if (finished) expect(best.diverged).toBeLessThan(best.runs);
      }),
      { numRuns: 500 },
    );
  });

  it("never chooses one that another within its error beats in accuracy and in loss", () => {
    fc.assert(
      fc.property(searches, (points) => {
        const scores = score(points.flat(), CHANCE);
        const best = choose(scores);
        for (const other of scores)
          if (other.meanAccuracy > best.meanAccuracy) expect(other.meanLoss).toBeGreaterThanOrEqual(best.meanLoss);
      }),
      { numRuns: 500 },
    );
  });
});

describe("select", () => {
  it("names the edges that the chosen point lies on, not those of the highest accuracy", () => {
    const space = { learningRate: [0.1, 0.01, 0.001], weightDecay: [0] };
    const scores = score(
      [
        outcomes(0.1, { right: 900, loss: 2 }),
        outcomes(0.01, { right: 899, loss: 1 }),
        outcomes(0.001, { right: 200 }),
      ].flat(),
      CHANCE,
    );
    expect(select(scores, space)).toMatchObject({ point: { learningRate: 0.01 }, gridEdge: [] });
  });
});
