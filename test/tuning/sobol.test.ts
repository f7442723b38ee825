import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { namedStream } from "../../src/core/rng.js";
import { sobol, type Place } from "../../src/tuning/sobol.js";

const golden = JSON.parse(readFileSync(new URL("../golden/gp-ucb.json", import.meta.url), "utf8")) as {
  readonly sobol: readonly (readonly number[])[];
};
/** In every elementary interval of volume 1/16, how many of the points lie. */
const counts = (points: readonly Place[]): Set<number> =>
  new Set(
    [0, 1, 2, 3, 4].flatMap((bits) => {
      const boxes = new Map<string, number>();
      for (const [a, b] of points) {
        const key = `${Math.floor(a * 2 ** bits)} ${Math.floor(b * 2 ** (4 - bits))}`;
        boxes.set(key, (boxes.get(key) ?? 0) + 1);
      }
      return boxes.size === 16 ? [...boxes.values()] : [0];
    }),
  );

test("the unscrambled sequence is the specification's, and torch's", () => {
  expect(sobol(8)).toEqual([
    [0, 0],
    [0.5, 0.5],
    [0.75, 0.25],
    [0.25, 0.75],
    [0.375, 0.375],
    [0.875, 0.875],
    [0.625, 0.125],
    [0.125, 0.625],
  ]);
  sobol(32).forEach((place, i) => place.forEach((value, d) => expect(value).toBeCloseTo(golden.sobol[i]![d]!, 9)));
});

test("scrambling keeps the sequence's evenness: one of 16 points in every elementary interval", () => {
  for (const seed of [0, 1, 2, 3]) {
    const points = sobol(32, namedStream(seed, "test"));
    expect(counts(points.slice(0, 16))).toEqual(new Set([1]));
    expect(counts(points.slice(16))).toEqual(new Set([1]));
  }
});

test("a stream scrambles one way, another in another; more points begin with fewer", () => {
  const scrambled = (seed: number, count: number): Place[] => sobol(count, namedStream(seed, "test"));
  expect(scrambled(1, 5)).toEqual(scrambled(1, 9).slice(0, 5));
  expect(scrambled(1, 5)).not.toEqual(scrambled(2, 5));
  for (const place of scrambled(3, 64)) for (const value of place) expect(value >= 0 && value < 1).toBe(true);
});
