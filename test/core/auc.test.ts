import { describe, expect, it } from "vitest";
import { finalTrainingLoss, trainingLossAuc } from "../../src/core/auc.js";

describe("trainingLossAuc", () => {
  it("has the specification's check value", () =>
    expect(trainingLossAuc([2.3, 1.5, 1.0, 0.8], 1, false)).toBeCloseTo(4.05, 12));

  it("is Infinity when any loss is not a finite number", () => {
    expect(trainingLossAuc([1, NaN, 1], 1, false)).toBe(Infinity);
    expect(trainingLossAuc([1, 1, Infinity, 1], 2, false)).toBe(Infinity);
  });

  it("takes the trapezoid over means of windows, the last one over its own steps", () => {
    expect(trainingLossAuc([1, 3, 5, 7, 9], 2, false)).toBe(2 / 2 + 6 + 9 / 2);
  });

  it("cuts at the nearest step where an epoch has no whole number of them, into as many windows as epochs", () => {
    const losses = Array.from({ length: 7 }, (_unused, i) => i + 1);
    // 70 images in batches of 30 that run on: three epochs of 7/3 steps, to step 2, 5 and 7.
    expect(trainingLossAuc(losses, 70 / 30, false)).toBe(1.5 / 2 + 4 + 6.5 / 2);
    expect(finalTrainingLoss(losses, 70 / 30, false)).toBe(6.5);
    for (const epochs of [2, 3, 10, 39]) {
      const perEpoch = 2500 / 64;
      const run = Array.from({ length: Math.round(epochs * perEpoch) }, () => 1);
      expect(trainingLossAuc(run, perEpoch, false)).toBe(epochs - 1);
    }
  });

  it("is Infinity for a diverged run, however short", () => {
    expect(trainingLossAuc([1, 3, 5, 7], 2, true)).toBe(Infinity);
    expect(trainingLossAuc([1], 50, true)).toBe(Infinity);
  });

  it("is absent for a run of one window", () => {
    expect(trainingLossAuc([1, 3], 2, false)).toBeUndefined();
    expect(trainingLossAuc([1, 3, 3], 2, false)).toBe(2.5);
  });
});

describe("finalTrainingLoss", () => {
  it("is the mean over the last window, which is full where the run is longer", () => {
    expect(finalTrainingLoss([9, 1, 3, 5], 3, false)).toBe(3);
    expect(finalTrainingLoss([1, 3], 50, false)).toBe(2);
  });

  it("is Infinity for a diverged run", () => expect(finalTrainingLoss([1, 3], 2, true)).toBe(Infinity));
});
