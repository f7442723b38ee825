import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { accuracyOf, ranked, score, type Outcome } from "../../src/tuning/score.js";

const CHANCE = 0.1;
const POINT = { learningRate: 0.1, weightDecay: 0 };
const outcome = (validationAccuracy: number | undefined, more: Partial<Outcome> = {}): Outcome => ({
  point: POINT,
  validationAccuracy,
  loss: 1,
  diverged: false,
  ...more,
});

describe("score", () => {
  it("is the mean over the runs, and what a diverged run or one without a loss makes of the loss", () => {
    expect(score([outcome(0.5), outcome(0.75, { loss: 2 })], CHANCE)).toEqual([
      { point: POINT, meanAccuracy: 0.625, meanLoss: 1.5, runs: 2, diverged: 0, atChance: 0, variance: 0.03125 },
    ]);
    for (const bad of [
      outcome(0.9, { diverged: true }),
      outcome(0.9, { loss: NaN }),
      outcome(0.9, { loss: undefined }),
    ])
      expect(score([outcome(0.5), bad], CHANCE)[0]!.meanLoss).toBe(Infinity);
  });

  it("is the same of equally many images right, also beside a run that counts as a chance of no whole number", () => {
    const images = 367;
    const of = (counts: readonly number[]): number => {
      const runs = counts.map((count) => outcome(count / images, { images }));
      return score([...runs, outcome(undefined, { images, diverged: true })], 1 / 6)[0]!.meanAccuracy;
    };
    expect(of([228, 228])).toBe(of([193, 263]));
  });

  it("counts a run that diverged, ended at or below chance, or has no accuracy as chance", () => {
    for (const [lost, counts] of [
      [outcome(0.9, { diverged: true }), { diverged: 1, atChance: 0 }],
      [outcome(0.02), { diverged: 0, atChance: 1 }],
      [outcome(undefined), { diverged: 0, atChance: 1 }],
    ] as const)
      expect(score([outcome(0.5), lost], CHANCE)[0]).toMatchObject({
        meanAccuracy: 0.3,
        variance: undefined,
        ...counts,
      });
  });

  it("counts a run as chance up to two standard errors above it", () => {
    // √(.1·.9/900) = .01, so that .12 is the last of them.
    const at = (right: number): number => accuracyOf(outcome(right / 900, { images: 900 }), CHANCE);
    expect(at(107)).toBe(CHANCE);
    expect(at(109)).toBe(109 / 900);
    expect(accuracyOf(outcome(109 / 900), CHANCE)).toBe(109 / 900);
    expect(accuracyOf(outcome(107 / 900), CHANCE)).toBe(107 / 900);
  });

  it("counts images, so that the same number of right ones is the same accuracy", () => {
    const of = (...right: number[]): number =>
      score(
        right.map((n) => outcome(n / 30, { images: 30 })),
        CHANCE,
      )[0]!.meanAccuracy;
    const rounded = (...right: number[]): number => right.reduce((sum, n) => sum + n / 30, 0) / right.length;
    expect(rounded(11, 18, 22)).not.toBe(rounded(17, 17, 17));
    expect(of(11, 18, 22)).toBe(of(17, 17, 17));
    expect(score([outcome(20 / 30, { images: 30 }), outcome(0, { images: 30 })], CHANCE)[0]!.counted).toEqual({
      images: 30,
      meanRight: 11.5,
    });
  });

  it("is the same in any order of the runs", () => {
    const runs = fc.array(
      fc.record({
        right: fc.integer({ min: 0, max: 300 }),
        loss: fc.double({ min: 0, max: 10, noNaN: true }),
        diverged: fc.boolean(),
        counted: fc.constant(true),
      }),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(runs, fc.boolean(), (all, counted) => {
        const outcomes = all.map(({ right, loss, diverged }) =>
          outcome(right / 300, { loss, diverged, ...(counted && { images: 300 }) }),
        );
        expect(score([...outcomes].reverse(), CHANCE)).toEqual(score(outcomes, CHANCE));
      }),
    );
  });
});

describe("ranked", () => {
  it("goes by accuracy, loss, learning rate, weight decay", () => {
    const at = (learningRate: number, weightDecay: number, accuracy: number, loss: number): Outcome =>
      outcome(accuracy, { point: { learningRate, weightDecay }, loss });
    const all = [
      at(0.1, 0, 0.5, 2),
      at(0.01, 1e-4, 0.5, 1),
      at(0.01, 0, 0.5, 1),
      at(0.001, 0, 0.5, 1),
      at(1, 0, 0.6, 9),
    ];
    const order = ranked(score(all, CHANCE)).map(({ point }) => [point.learningRate, point.weightDecay]);
    expect(order).toEqual([
      [1, 0],
      [0.001, 0],
      [0.01, 0],
      [0.01, 1e-4],
      [0.1, 0],
    ]);
  });
});
