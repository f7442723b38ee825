import { expect, test } from "vitest";
import { answerOf } from "../../../src/reporting/report/answer.js";
import { mainExperiment } from "../../../src/reporting/report/sections/answer.js";
import { measureTrials, METRICS, type Metric, type Trials } from "../../../src/reporting/measured/trials.js";
import { evidence, experiment, type Values } from "../paper/fixtures.js";

/** Trials of these means by method and column: three, whose spread is 1 in a single column and 2 in several. */
function trials(means: Readonly<Record<string, readonly (number | undefined)[]>>, metric: Metric["id"]): Trials {
  const columns = Object.values(means)[0]!;
  const spread = columns.length === 1 ? 1 : 2;
  const values = Object.entries(means).map(([method, row]) => [
    method,
    Object.fromEntries(row.map((mean, i) => [`set ${i}`, [-spread, 0, spread].map((by) => mean && mean + by)])),
  ]);
  return measureTrials(
    experiment({ metric, learned: ["metamd", "l2o"], values: Object.fromEntries(values) as Values }),
    METRICS[metric],
  );
}
const said = (means: Parameters<typeof trials>[0], metric: Metric["id"] = "accuracy"): string =>
  answerOf(trials(means, metric)).replaceAll("\u00a0", " ");

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

test("the page begins with the paper's first experiment of those that say most", () => {
  const one = (name: string, paper: string | undefined, preset = "paper") =>
    experiment({ preset, values: { sgd: { mnist: [90] } }, more: { experiment: name, config: { experiment: paper } } });
  const [ablation, smoke, digits, rotated] = [
    one("ablation", undefined),
    one("smoke", "E1", "smoke"),
    one("digits", "E10"),
    one("rotated", "E2"),
  ];
  expect(mainExperiment(evidence([ablation, smoke, digits, rotated]))).toBe(rotated);
  expect(mainExperiment(evidence([ablation, smoke]))).toBe(ablation);
  expect(mainExperiment(evidence([experiment({ values: { sgd: { mnist: [undefined] } } })]))).toBeUndefined();
});
