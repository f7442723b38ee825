import { earlierNote } from "../../records/numerics.js";
import { earlierMark } from "../numerics.js";
import { jsonNumber } from "../table/json.js";
import { rowState } from "../table/notes.js";
import {
  mark,
  numberCell,
  rowOf,
  wordCell,
  type Cell,
  type Column,
  type Mark,
  type Sample,
  type Table,
} from "../table/table.js";
import type { Experiment } from "../experiment.js";
import { METRICS, resultsOf, type Part, type ResultCell, type Results, type Summary } from "../measured/trials.js";

/** An experiment's own table: mean ± standard deviation over the trials, by holdout, and of their average. */
export function resultTable(results: Results): Table {
  const { metric, experiment, numerics, columns, rows, missing, engines } = results;
  const note = earlierNote(numerics);
  const numbers = (title: string): Column => ({
    id: title,
    title,
    kind: "measured",
    spread: "std",
    decimals: metric.decimals,
    better: metric.higherIsBetter ? "higher" : "lower",
  });
  const average: Column = columns.length > 1 ? numbers("average") : { ...numbers("average"), only: "machines" };
  const state: Column = { id: "state", title: "state", kind: "words", decimals: 0, only: "machines" };
  return {
    id: `${experiment}-${metric.id}`,
    caption: captionOf(results),
    rowName: "method",
    marking: "rows",
    columns: [...columns.map(numbers), average, { ...state, id: "n", title: "n", kind: "measured" }, state],
    rows: rows.map(({ method, title, cells, average, trials }) => {
      const shown = cells.map((cell) => summaryCell(cell, cell.samples, marksOf(cell)));
      const all = cells.flatMap(({ samples }) => samples);
      const ofAll = summaryCell(average, all);
      const said = wordCell(rowState(shown, columns) || "done");
      return rowOf(method, title, [...shown, ofAll, numberCell(trials), said], numerics);
    }),
    marks: [
      ...(missing.length > 0
        ? [mark("missing-data", `data missing: ${missing.join(", ")}; nothing was learned or averaged there`)]
        : []),
      ...(note === undefined ? [] : [mark("earlier", note)]),
      ...(engines === undefined ? [] : [mark("mixed-engines", engines)]),
    ],
  };
}

/** Both tables of an experiment, or of a part of it, and what to say where one has no number. */
export function resultTables(
  experiment: Experiment,
  only: Part,
): { readonly tables: readonly Table[]; readonly without: readonly string[] } {
  const all = Object.values(METRICS).map((metric) => resultsOf(experiment, metric, only));
  const [known, empty] = [true, false].map((wanted) => all.filter((one) => hasNumbers(one) === wanted)) as [
    Results[],
    Results[],
  ];
  if (known.length === 0) return { tables: [], without: ["No trial has a result yet."] };
  const { aucWindowSteps } = (experiment.plan.config["training"] ?? {}) as { readonly aucWindowSteps?: number };
  const why = `a run has fewer than two windows of training.aucWindowSteps (${aucWindowSteps})`;
  return { tables: known.map(resultTable), without: empty.map(({ metric }) => `${metric.title}: no value, ${why}.`) };
}

const hasNumbers = ({ rows }: Results): boolean =>
  rows.some(({ cells }) => cells.some(({ values }) => values.size > 0));

const summaryCell = ({ mean, std }: Summary, samples: readonly Sample[], marks: readonly Mark[] = []): Cell => ({
  ...numberCell(mean),
  std,
  samples,
  marks,
});

const marksOf = ({ marks }: ResultCell): Mark[] => marks.map((text) => mark("own", text));

function captionOf({ metric, rows, experiment, numerics, dataTags }: Results): string {
  const counts = rows.map(({ trials }) => trials);
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
  const trials = fewest === most ? `${most}` : `${fewest} to ${most}`;
  const data = dataTags.filter((tag) => tag !== "real").map((tag) => `, ${tag} data`);
  return `${metric.title}, mean ± std over ${trials} trial${trials === "1" ? "" : "s"} (${experiment}${earlierMark(numerics)}${data.join("")})`;
}

/** Accuracy and AUC of an experiment, or of a part of it, for machines. */
export const allResultsJson = (experiment: Experiment, only: Part): unknown[] =>
  Object.values(METRICS).map((metric) => resultsJson(resultsOf(experiment, metric, only)));

/** Results for machines; what is not a finite number is text. */
export function resultsJson({
  metric,
  experiment,
  numerics,
  columns,
  rows,
  missing,
  dataTags,
  engines,
}: Results): unknown {
  return {
    metric: metric.id,
    experiment,
    numerics,
    note: earlierNote(numerics) ?? null,
    data: dataTags,
    missing,
    ...(engines !== undefined && { engines }),
    rows: rows.map(({ method, cells, average, trials }) => ({
      method,
      trials,
      average: summaryJson(average),
      cells: Object.fromEntries(
        cells.map((cell, i) => [
          columns[i],
          {
            ...summaryJson(cell),
            values: [...cell.values.values()].map(jsonNumber),
            runs: cell.runs,
            marks: cell.marks,
          },
        ]),
      ),
    })),
  };
}

const summaryJson = ({ mean, std }: Summary): object => ({ mean: jsonNumber(mean), std: jsonNumber(std) });
