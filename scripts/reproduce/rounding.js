// What rounding does to an experiment: its trials, made anew by another engine or processor, against the records.
// Prints Markdown, for docs/measurements/rounding.md.
import { mean, std } from "../../dist/src/core/averages.js";
import { groupBy } from "../../dist/src/core/group.js";
import { readRecords } from "../../dist/src/records/index.js";
import { METRICS, said } from "./compare.js";
import { commandLine } from "../command-line.js";

const { flags, operands } = commandLine({
  about: "What rounding does: trials of the experiment in folder ANEW against those of the same id in folder RECORDS.",
  operands: ["RECORDS", "ANEW"],
  options: { baseline: { value: "METHOD", default: "adam", about: "differences are from it" } },
});
const FIRST = 10;
const [records, anew] = operands.map(readRecords);
const methods = records.plan.methods.map(({ id }) => id);

/** Trials that both sides have and a different engine made, by method: pairs. */
function pairsOf(method) {
  const theirs = new Map(anew.runs.map((run) => [run.record.id, run]));
  const isAnother = ([one, other]) =>
    other && JSON.stringify(one.record.engine) !== JSON.stringify(other.record.engine);
  return records.runs
    .filter(({ record: { cell } }) => cell.phase === "trial" && cell.method === method)
    .map((run) => [run, theirs.get(run.record.id)])
    .filter(isAnother);
}

const numbersOf = (pair, metric) => pair.map(({ record }) => METRICS[metric].scale * record.metrics[metric]);
/** What rounding adds to one trial: the standard deviation of two that differ in nothing else. */
const ofRounding = (pairs, metric) => {
  const squares = pairs.map((pair) => numbersOf(pair, metric)).map(([one, other]) => (one - other) ** 2 / 2);
  return Math.sqrt(mean(squares));
};
/** That of the trials of a hold-out, which begin from other weights. */
function ofTrials(pairs, metric) {
  const byHoldout = groupBy(pairs, ([{ record }]) => record.cell.holdout);
  const spreads = [...byHoldout.values()].map((some) => std(some.map((pair) => numbersOf(pair, metric)[0])) ?? 0);
  return Math.sqrt(mean(spreads.map((spread) => spread ** 2)));
}
/** The largest share that one of the first losses differs by. */
const firstLosses = (pairs) =>
  Math.max(
    ...pairs.map((pair) => {
      const [one, other] = pair.map((run) => run.curve().slice(0, FIRST));
      return Math.max(...one.map(({ trainLoss }, i) => Math.abs(other[i].trainLoss / trainLoss - 1)));
    }),
  );

const table = (...rows) => rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
const compared = methods.map((method) => [method, pairsOf(method)]).filter(([, pairs]) => pairs.length > 0);
const of = (pairs, metric) =>
  [ofRounding(pairs, metric), ofTrials(pairs, metric)].map((spread) => spread.toFixed(metric === "auc" ? 3 : 2));
console.log(
  table(
    [
      "method",
      "trials",
      `first ${FIRST} losses, largest share`,
      "accuracy, points: by rounding",
      "by trial",
      "area: by rounding",
      "by trial",
    ],
    ["---", ...Array.from({ length: 6 }, () => "---:")],
    ...compared.map(([method, pairs]) => [
      method,
      pairs.length,
      firstLosses(pairs).toExponential(0),
      ...of(pairs, "testAccuracy"),
      ...of(pairs, "auc"),
    ]),
  ),
);
const others = compared.map(([method]) => method).filter((method) => method !== flags.baseline);
for (const [metric, { title }] of Object.entries(METRICS)) {
  console.log(`\nFrom ${flags.baseline}'s ${title}, means over hold-outs, 95 % intervals over trials:\n`);
  const rows = others.map((method) => [
    method,
    ...[records, anew].map(({ runs }) => said(runs, method, flags.baseline, metric)),
  ]);
  console.log(table(["method", "records", "made anew"], ["---", "---:", "---:"], ...rows));
}
