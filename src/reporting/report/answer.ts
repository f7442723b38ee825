import { withoutNoise } from "../../core/noise.js";
import { methodName } from "../figures/figure-texts.js";
import { shownNumber } from "../table/shown.js";
import type { ResultRow, Results, Summary } from "../measured/trials.js";

/** What an experiment's table comes to, in one sentence: which method is ahead, where, and of what.
 *  @param learned ids of the methods that are learned: the best of them is set against the best of the others. */
export function answerOf(results: Results, learned: ReadonlySet<string>): string {
  const { rows, columns } = results;
  const single = columns.length === 1;
  const known = rows.filter(({ average }) => average.mean !== undefined);
  const [first] = ranked(known, results);
  if (first === undefined) return "No method has a result in every column yet.";
  if (known.length === 1)
    return `${nameOf(first)} alone has results so far: ${shown(first, results)} ${where(results)}.`;
  const best = known.filter((row) => isBest(row, first, results));
  const others = known.filter((row) => !best.includes(row));
  const rival = ranked(
    others.filter(({ method }) => learned.has(first.method) !== learned.has(method)),
    results,
  )[0];
  const next = rival ?? ranked(others, results)[0];
  const against = next === undefined ? "" : `, against ${shown(next, results)} with ${nameOf(next)}`;
  const what = rival === undefined ? "the next" : `the best that is ${learned.has(rival.method) ? "" : "not "}learned`;
  const won = columns.filter((_column, i) => best.some((row) => winsColumn(row, i, results))).length;
  const counts = single
    ? ""
    : `; ${best.length > 1 ? "they are" : "it is"} first in ${won} of ${columns.length} columns`;
  const named = best.map(nameOf).join(" and ");
  const verb = best.length > 1 ? "share" : "has";
  const { higherIsBetter, noun } = WORDS[results.metric.id];
  return (
    `${named} ${verb} the ${higherIsBetter ? "highest" : "lowest"} ${noun} ${where(results)}, ` +
    `${shown(first, results)}${against}${against === "" ? "" : `, ${what}`}${counts}.`
  );
}

const WORDS = {
  accuracy: { higherIsBetter: true, noun: "test accuracy", unit: "\u00a0%" },
  auc: { higherIsBetter: false, noun: "area under the training-loss curve", unit: "" },
} as const;

const nameOf = ({ method, title }: ResultRow): string => methodName(method, title);

const where = ({ columns }: Results): string => (columns.length === 1 ? `on ${columns[0]!}` : "on average");

/** Of one column its own spread, else that of the trials' means. */
const shown = ({ average, cells }: ResultRow, { metric, columns }: Results): string => {
  const summary: Summary = columns.length === 1 ? cells[0]! : average;
  return shownNumber(summary, metric.decimals) + (Number.isFinite(summary.mean) ? WORDS[metric.id].unit : "");
};

/** The best first. */
function ranked(rows: readonly ResultRow[], { metric }: Results): ResultRow[] {
  const sign = metric.higherIsBetter ? -1 : 1;
  return [...rows].sort((a, b) => sign * (a.average.mean! - b.average.mean!) || 0);
}

const isBest = (row: ResultRow, first: ResultRow, { metric }: Results): boolean => {
  const [a, b] = withoutNoise([row.average.mean!, first.average.mean!]);
  return metric.higherIsBetter ? a! >= b! : a! <= b!;
};

function winsColumn(row: ResultRow, column: number, { rows, metric }: Results): boolean {
  const values = withoutNoise(rows.map(({ cells }) => cells[column]!.mean ?? NaN));
  const own = values[rows.indexOf(row)]!;
  return values.every((value) => Number.isNaN(value) || (metric.higherIsBetter ? own >= value : own <= value));
}
