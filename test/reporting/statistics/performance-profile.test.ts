import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../../../src/core/files.js";
import {
  profileScore,
  profileSteps,
  ratiosOf,
  type Taken,
} from "../../../src/reporting/statistics/performance-profile.js";

interface Case {
  readonly times: readonly (readonly (number | "Infinity")[])[];
  readonly score: readonly number[];
  readonly taus: readonly number[];
  readonly profile: readonly (readonly number[])[];
}
const { cases } = JSON.parse(readFileSync(join(packageRoot(), "test/golden/scores.json"), "utf8")) as { cases: Case[] };

describe.each(cases)("against NumPy, as AlgoPerf scores: case %#", ({ times, score, taus, profile }) => {
  const taken = times.flatMap((row, method) =>
    row.map((time, problem): Taken => ({ method: String(method), problem: String(problem), time: Number(time) })),
  );
  const ratios = [...ratiosOf(taken).values()];

  test("the profile", () => {
    for (const [method, row] of profile.entries())
      for (const [i, share] of row.entries()) {
        const steps = profileSteps(ratios[method]!).filter(({ ratio }) => ratio <= taus[i]!);
        expect(steps.at(-1)!.share).toBeCloseTo(share, 12);
      }
  });

  test("the score", () => {
    for (const [method, expected] of score.entries()) expect(profileScore(ratios[method]!)).toBeCloseTo(expected, 4);
  });
});

test("the fastest everywhere has a score of 1, and who solves nothing within four times the fastest 0", () => {
  expect(profileScore([1, 1, 1])).toBe(1);
  expect(profileScore([4, 9, Infinity])).toBe(0);
  expect(profileScore([1, 2.5, Infinity])).toBeCloseTo((3 + 1.5) / 9, 12);
});

test("a problem that nobody solves counts against all", () => {
  const taken = [
    { method: "a", problem: "1", time: 2 },
    { method: "b", problem: "1", time: 4 },
    { method: "a", problem: "2", time: Infinity },
    { method: "b", problem: "2", time: Infinity },
  ];
  expect(Object.fromEntries(ratiosOf(taken))).toEqual({ a: [1, Infinity], b: [2, Infinity] });
  expect(profileSteps([2, Infinity])).toEqual([
    { ratio: 1, share: 0 },
    { ratio: 2, share: 0.5 },
  ]);
});
