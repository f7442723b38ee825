import { describe, expect, test } from "vitest";
import { multiplier, schedule } from "../../../src/optimisers/shared/schedules.js";

const at = (given: unknown, steps: number, ts: number[]): number[] => ts.map(multiplier(schedule.parse(given), steps));

describe("learning-rate schedules", () => {
  test("constant", () => expect(at("constant", 10, [1, 5, 10])).toEqual([1, 1, 1]));
  test("step", () => {
    expect(at({ kind: "step", everySteps: 2, factor: 0.5 }, 6, [1, 2, 3, 4, 5])).toEqual([1, 1, 0.5, 0.5, 0.25]);
  });
  test("cosine falls from 1 to its floor", () => {
    const [first, middle, last] = at({ kind: "cosine", floor: 0.2 }, 100, [1, 51, 101]);
    expect(first).toBe(1);
    expect(middle).toBeCloseTo(0.6, 12);
    expect(last).toBeCloseTo(0.2, 12);
    expect(at("cosine", 4, [3])[0]).toBeCloseTo(0.5, 12);
  });
  test("warm-up rises first, and the schedule begins after it", () => {
    expect(at({ kind: "constant", warmupSteps: 4 }, 10, [1, 2, 4, 5])).toEqual([0.25, 0.5, 1, 1]);
    expect(at({ kind: "step", everySteps: 1, factor: 0.1, warmupSteps: 2 }, 10, [2, 3, 4])).toEqual([1, 1, 0.1]);
  });
});
