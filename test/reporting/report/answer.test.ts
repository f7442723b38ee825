import { expect, test } from "vitest";
import { answerOf } from "../../../src/reporting/report/answer.js";
import { METRICS, type Metric, type ResultCell, type Results } from "../../../src/reporting/measured/trials.js";

/** A table of means by method and column. */
function results(means: Readonly<Record<string, readonly (number | undefined)[]>>, metric: Metric["id"]): Results {
  const rows = Object.entries(means).map(([method, values]) => {
    const cells = values.map((mean): ResultCell => ({
      mean,
      std: 1,
      values: new Map(),
      samples: [],
      runs: [],
      marks: [],
    }));
    const known = values.flatMap((value) => value ?? []);
    const average = known.length < values.length ? undefined : known.reduce((a, b) => a + b) / known.length;
    return { method, title: method, cells, average: { mean: average, std: 2 }, trials: 3 };
  });
  const columns = Object.values(means)[0]!.map((_mean, i) => `set ${i}`);
  return { metric: METRICS[metric], experiment: "small", numerics: 2, columns, rows, missing: [], dataTags: [] };
}
const learned = new Set(["metamd", "l2o"]);
const said = (means: Parameters<typeof results>[0], metric: Metric["id"] = "accuracy"): string =>
  answerOf(results(means, metric), learned).replaceAll("\u00a0", " ");

test("the best method is set against the best of the other kind, with the columns that it is first in", () => {
  expect(said({ sgd: [80, 90], adam: [81, 88], l2o: [82, 90], metamd: [90, 89] })).toBe(
    "MetaMD has the highest test accuracy on average, 89.50 ± 2.00 %, against 85.00 ± 2.00 % with SGD, " +
      "the best that is not learned; it is first in 1 of 2 columns.",
  );
});

test("a baseline that is ahead is set against the best learned method, and of no other kind against the next", () => {
  expect(said({ sgd: [90], adam: [91], metamd: [70] })).toBe(
    "Adam has the highest test accuracy on set 0, 91.00 ± 1.00 %, against 70.00 ± 1.00 % with MetaMD, the best that is learned.",
  );
  expect(said({ sgd: [90], adam: [91] })).toContain("against 90.00 ± 1.00 % with SGD, the next.");
});

test("equal methods share the first place", () => {
  expect(said({ sgd: [80, 90], adam: [90, 80] })).toBe(
    "SGD and Adam share the highest test accuracy on average, 85.00 ± 2.00 %; they are first in 2 of 2 columns.",
  );
});

test("of areas the lowest is best, and one that has no end is last", () => {
  expect(said({ sgd: [4, 5], metamd: [2, 3], l2o: [Infinity, 1] }, "auc")).toBe(
    "MetaMD has the lowest area under the training-loss curve on average, 2.500 ± 2.000, against 4.500 ± 2.000 with SGD, " +
      "the best that is not learned; it is first in 1 of 2 columns.",
  );
});

test("a method that lacks a column has no place", () => {
  expect(said({ sgd: [80, undefined], adam: [60, 70] })).toBe(
    "Adam alone has results so far: 65.00 ± 2.00 % on average.",
  );
  expect(said({ sgd: [80, undefined] })).toBe("No method has a result in every column yet.");
});
