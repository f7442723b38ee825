import { learnedMethods } from "../compare/baseline.js";
import { withoutNoise } from "../../core/noise.js";
import { titleOf } from "../experiment.js";
import { shownNumber } from "../table/shown.js";
import { averageOf, type Metric, type Summary, type Trials } from "../measured/trials.js";

/** What an experiment's table comes to, in one sentence: which method is ahead, where, and of what. The best learned method is set
 *  against the best of the others. */
export function answerOf(trials: Trials): string {
  const { columns, metric, experiment } = trials;
  const learned = learnedMethods(experiment.plan);
  const nameOf = ({ method }: Averaged): string => titleOf(experiment.plan, method);
  const rows = [...trials.rows.keys()].map((method) => ({ method, average: averageOf(trials, method) }));
  const single = columns.length === 1;
  const known = rows.filter(({ average }) => average.mean !== undefined);
  const [first] = ranked(known, metric);
  if (first === undefined) return "No method has a result in every column yet.";
  if (known.length === 1) return `${nameOf(first)} alone has results so far: ${shown(first, trials)} ${where(trials)}.`;
  const best = known.filter((row) => isBest(row, first, metric));
  const others = known.filter((row) => !best.includes(row));
  const rival = ranked(
    others.filter(({ method }) => learned.has(first.method) !== learned.has(method)),
    metric,
  )[0];
  const next = rival ?? ranked(others, metric)[0];
  const against = next === undefined ? "" : `, against ${shown(next, trials)} with ${nameOf(next)}`;
  const what = rival === undefined ? "the next" : `the best that is ${learned.has(rival.method) ? "" : "not "}learned`;
  const won = columns.filter((_column, i) => best.some((row) => winsColumn(row.method, i, trials))).length;
  const counts = single
    ? ""
    : `; ${best.length > 1 ? "they are" : "it is"} first in ${won} of ${columns.length} columns`;
  const named = best.map(nameOf).join(" and ");
  const verb = best.length > 1 ? "share" : "has";
  const { higherIsBetter, noun } = WORDS[metric.id];
  return (
    `${named} ${verb} the ${higherIsBetter ? "highest" : "lowest"} ${noun} ${where(trials)}, ` +
    `${shown(first, trials)}${against}${against === "" ? "" : `, ${what}`}${counts}.`
  );
}

const WORDS = {
  accuracy: { higherIsBetter: true, noun: "test accuracy", unit: "\u00a0%" },
  auc: { higherIsBetter: false, noun: "area under the training-loss curve", unit: "" },
} as const;

/** A method over the columns that have data. */
interface Averaged {
  readonly method: string;
  readonly average: Summary;
}

const where = ({ columns }: Trials): string => (columns.length === 1 ? `on ${columns[0]!.title}` : "on average");

/** Of one column its own spread, else that of the trials' means. */
const shown = ({ method, average }: Averaged, { metric, columns, rows }: Trials): string => {
  const summary: Summary = columns.length === 1 ? rows.get(method)![0]! : average;
  return shownNumber(summary, metric.decimals) + (Number.isFinite(summary.mean) ? WORDS[metric.id].unit : "");
};

/** The best first. */
function ranked(rows: readonly Averaged[], { higherIsBetter }: Metric): Averaged[] {
  const sign = higherIsBetter ? -1 : 1;
  return [...rows].sort((a, b) => sign * (a.average.mean! - b.average.mean!) || 0);
}

const isBest = (row: Averaged, first: Averaged, { higherIsBetter }: Metric): boolean => {
  const [a, b] = withoutNoise([row.average.mean!, first.average.mean!]);
  return higherIsBetter ? a! >= b! : a! <= b!;
};

function winsColumn(method: string, column: number, { rows, metric }: Trials): boolean {
  const values = withoutNoise([...rows.values()].map((cells) => cells[column]!.mean ?? NaN));
  const own = values[[...rows.keys()].indexOf(method)]!;
  return values.every((value) => Number.isNaN(value) || (metric.higherIsBetter ? own >= value : own <= value));
}
