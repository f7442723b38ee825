import { describe, expect, test } from "vitest";
import { InverseHessian } from "../../../src/core/linear/lbfgs.js";
import { dot } from "../../../src/core/linear/vectors.js";
import { closeTo } from "../../support/numbers.js";

type Pair = Parameters<InverseHessian["learn"]>[0];
const pair = (s: number[], y: number[]): Pair => ({
  s: Float64Array.from(s),
  y: Float64Array.from(y),
  curvature: dot(s, y),
});
const PAIRS = [pair([1, 0.3, -2], [1.1, -0.2, -3]), pair([0.2, 0.7, 0.1], [0.3, 2.1, -0.4])];
const VECTOR = [0.3, -1.7, 0.9];

/** H ← (I − syᵀ/sᵀy) H (I − ysᵀ/sᵀy) + ssᵀ/sᵀy from sᵀy/yᵀy I of the last pair: what the two loops stand for. */
function dense(pairs: readonly Pair[], vector: readonly number[]): number[] {
  const { curvature, y } = pairs.at(-1)!;
  const first = vector.map((_, i) => vector.map((_, j) => (i === j ? curvature / dot(y, y) : 0)));
  const times = (a: number[][], b: number[][]): number[][] =>
    a.map((row) => b[0]!.map((_, j) => row.reduce((sum, entry, k) => sum + entry * b[k]![j]!, 0)));
  const matrix = pairs.reduce((h, { s, y, curvature }) => {
    const left = vector.map((_, i) => vector.map((_, j) => Number(i === j) - (s[i]! * y[j]!) / curvature));
    const right = vector.map((_, i) => vector.map((_, j) => left[j]![i]!));
    return times(times(left, h), right).map((row, i) => row.map((entry, j) => entry + (s[i]! * s[j]!) / curvature));
  }, first);
  return matrix.map((row) => dot(row, vector));
}

describe("the inverse Hessian of L-BFGS", () => {
  test.each(["quotient", "reciprocal"] as const)("by the %s", (division) => {
    const inverse = new InverseHessian(2, division);
    expect(inverse.empty).toBe(true);
    expect([...inverse.times(VECTOR)]).toEqual(VECTOR);
    inverse.learn(pair([5, 1, 1], [1, 1, 2]));
    for (const one of PAIRS) inverse.learn(one);
    closeTo([...inverse.times(VECTOR)], dense(PAIRS, VECTOR), 1e-14);
    const { s, y } = PAIRS[1]!;
    closeTo([...inverse.times(y)], [...s], 1e-14);
    inverse.forget();
    expect([...inverse.times(VECTOR)]).toEqual(VECTOR);
  });

  test("the two divisions keep the last digits that records hold", () => {
    const times = (division: "quotient" | "reciprocal"): number[] => {
      const inverse = new InverseHessian(2, division);
      for (const one of PAIRS) inverse.learn(one);
      return [...inverse.times(VECTOR)];
    };
    expect(times("quotient")).toEqual([-0.0013414280909694598, -0.4451200434724568, 0.26211370070137396]);
    expect(times("reciprocal")).toEqual([-0.0013414280909694876, -0.4451200434724568, 0.26211370070137396]);
  });
});
