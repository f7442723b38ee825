import { expect, test } from "vitest";
import { adamStep } from "../../../src/optimisers/shared/adam-in-double.js";

const GRADIENTS = [0.7, -0.1];

/** v after steps along these gradients, in whose last digit the two orders differ. */
function secondMoment(order: "shareFirst" | "squareFirst", clip?: number): number {
  const moments = { m: new Float64Array(1), v: new Float64Array(1) };
  const x = new Float64Array(1);
  GRADIENTS.forEach((g, i) => adamStep(x, moments, [g], { t: i + 1, learningRate: 0.1, clip, order }));
  return moments.v[0]!;
}

test("each order of multiplication keeps the last digit that records hold", () => {
  const expected = (fresh: (g: number) => number): number => GRADIENTS.reduce((v, g) => 0.999 * v + fresh(g), 0);
  expect(secondMoment("shareFirst")).toBe(expected((g) => (1 - 0.999) * g * g));
  expect(secondMoment("squareFirst")).toBe(expected((g) => g * g * (1 - 0.999)));
  expect(secondMoment("shareFirst")).not.toBe(secondMoment("squareFirst"));
});

test("a gradient counts no more than the clip", () => {
  expect(secondMoment("squareFirst", 1)).toBe(secondMoment("squareFirst"));
  expect(secondMoment("squareFirst", 0.1)).toBeCloseTo(0.002 * 0.1 ** 2, 7);
});
