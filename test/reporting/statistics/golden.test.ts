import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../../../src/core/files.js";
import {
  chiSquaredTail,
  fTail,
  normalQuantile,
  normalTail,
  studentisedRangeCritical,
  studentisedRangeTail,
  tCritical,
  tTail,
} from "../../../src/reporting/statistics/distributions.js";
import { cohenDz } from "../../../src/reporting/statistics/effect-sizes.js";
import { compareRanks } from "../../../src/reporting/statistics/ranks.js";
import { bcaInterval, tInterval } from "../../../src/reporting/statistics/intervals.js";
import { pairsOf } from "../../../src/reporting/statistics/pairs.js";
import { signFlip } from "../../../src/reporting/statistics/sign-flip.js";
import { pairedT, welchOfGroups } from "../../../src/reporting/statistics/t-tests.js";
import type { Alternative, TestResult } from "../../../src/reporting/statistics/test-result.js";
import { wilcoxon } from "../../../src/reporting/statistics/wilcoxon.js";
import { groupOf } from "./groups.js";

type Functions = Readonly<Record<string, (...inputs: readonly number[]) => number>>;
type Expected = { readonly statistic?: number; readonly p: number } | null;
interface Golden {
  readonly distributions: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly pairs: readonly {
    readonly name: string;
    readonly a: readonly (number | string)[];
    readonly b: readonly (number | string)[];
    readonly interval: readonly [number, number] | null;
    readonly cohenDz: number | null;
    readonly tests: Readonly<Record<Alternative, Readonly<Record<string, Expected>>>>;
  }[];
  readonly bootstrap: readonly { values: readonly number[]; means: readonly number[]; interval: readonly number[] }[];
  readonly friedman: readonly { values: readonly (readonly number[])[]; statistic: number; p: number }[];
}

/** Of SciPy: the file names its maker and versions. */
const golden = JSON.parse(readFileSync(join(packageRoot(), "test/golden/statistics.json"), "utf8")) as Golden;

function near(actual: number | undefined, expected: number, relative = 1e-9): void {
  expect(actual).toBeDefined();
  const error = Math.abs(actual! - expected) / Math.max(Math.abs(expected), Number.MIN_VALUE);
  expect(actual === expected ? 0 : error, `${actual} against ${expected}`).toBeLessThanOrEqual(relative);
}

describe("distributions", () => {
  // SciPy integrates the studentised range to about 1e-9 of 1.
  const tolerance: Readonly<Record<string, number>> = { studentisedRangeTail: 1e-6, studentisedRangeCritical: 1e-8 };
  const functions = {
    normalTail,
    normalQuantile,
    tTail,
    tCritical,
    chiSquaredTail,
    fTail,
    studentisedRangeTail,
    studentisedRangeCritical,
  } as unknown as Functions;
  test.each(Object.entries(golden.distributions))("%s", (name, rows) => {
    for (const row of rows) {
      const inputs = name === "studentisedRangeCritical" ? [0.05, row[0]!] : row.slice(0, -1);
      near(functions[name]!(...inputs), row.at(-1)!, tolerance[name]);
    }
  });
});

describe.each(golden.pairs)("pairs: $name", ({ a, b, interval, ...expected }) => {
  const [x, y] = [a.map(Number), b.map(Number)] as const;
  const pairs = pairsOf(x, y);

  test("tests of three kinds of alternatives", () => {
    const tests: Readonly<Record<string, (alternative: Alternative) => TestResult>> = {
      paired: (alternative) => pairedT(pairs, alternative),
      welch: (alternative) => welchOfGroups(groupOf(x), groupOf(y), alternative),
      wilcoxon: (alternative) => wilcoxon(pairs, alternative),
      signFlip: (alternative) => signFlip(pairs, alternative),
    };
    for (const [alternative, results] of Object.entries(expected.tests))
      for (const [name, result] of Object.entries(results)) {
        if (result === null) continue;
        const ours = tests[name]!(alternative as Alternative);
        near(ours.p, result.p);
        if (result.statistic !== undefined) near(ours.statistic, result.statistic);
      }
  });

  test("interval and effect sizes", () => {
    if (interval === null) expect(tInterval(x)).toBeUndefined();
    else tInterval(x)!.forEach((end, i) => near(end, interval[i]!));
    if (expected.cohenDz === null) expect(cohenDz(pairs)).toBeUndefined();
    else near(cohenDz(pairs), expected.cohenDz);
  });
});

test.each(golden.bootstrap)("BCa interval of given resamples", ({ values, means, interval }) => {
  bcaInterval(values, means, 0.95).forEach((end, i) => near(end, interval[i]!));
});

test.each(golden.friedman)("Friedman's statistic", ({ values, statistic, p }) => {
  const { friedman } = compareRanks(values, false);
  near(friedman.statistic, statistic);
  near(friedman.p, p);
});
