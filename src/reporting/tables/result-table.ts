import { earlierNote } from "../../records/numerics.js";
import { titleOf, type Experiment } from "../experiment.js";
import { engineMarks } from "../measured/engines.js";
import {
  averageOf,
  dataTagsOf,
  measureTrials,
  METRICS,
  sourceOf,
  type Part,
  type Summary,
  type Trials,
} from "../measured/trials.js";
import { jsonNumber } from "../table/json.js";
import { rowState } from "../table/notes.js";
import {
  cellOf,
  mark,
  numberCell,
  numberColumn,
  rowOf,
  wordCell,
  wordColumn,
  type Column,
  type Table,
} from "../table/table.js";
import { missingData } from "./origin.js";

/** An experiment's own table: mean ± standard deviation over the trials, by holdout, and of their average. */
export function resultTable(trials: Trials): Table {
  const { metric, experiment, numerics, columns, rows } = trials;
  const { plan, records } = experiment;
  const note = earlierNote(numerics);
  const titles = columns.map(({ title }) => title);
  const better = metric.higherIsBetter ? "higher" : "lower";
  const numbers = (title: string, more: Partial<Column> = {}): Column =>
    numberColumn(title, title, metric.decimals, { spread: "std", better, ...more });
  return {
    id: `${plan.experiment}-${metric.id}`,
    caption: captionOf(trials),
    rowName: "method",
    marking: "rows",
    columns: [
      ...titles.map((title) => numbers(title, { heading: title })),
      numbers("average", titles.length > 1 ? {} : { only: "machines" }),
      numberColumn("n", "n", 0, { only: "machines" }),
      wordColumn("state", "state", { only: "machines" }),
    ],
    rows: [...rows].map(([method, cells]) => {
      const average = averageOf(trials, method);
      const shown = cells.map(({ mean, std, samples, marks }) =>
        cellOf({ mean, std, samples, marks: marks.map((text) => mark("own", text)) }),
      );
      const ofAll = cellOf({ mean: average.mean, std: average.std, samples: cells.flatMap(({ samples }) => samples) });
      const said = wordCell(rowState(shown, titles) || "done");
      return rowOf(method, titleOf(plan, method), [...shown, ofAll, numberCell(average.trials), said], numerics);
    }),
    marks: [
      ...(plan.missing.length > 0
        ? [mark("missing-data", `${missingData(plan)}; nothing was learned or averaged there`)]
        : []),
      ...(note === undefined ? [] : [mark("earlier", note)]),
      ...engineMarks(records.values()),
    ],
  };
}

/** Both tables of an experiment, or of a part of it, and what to say where one has no number. */
export function resultTables(
  experiment: Experiment,
  only: Part,
): { readonly tables: readonly Table[]; readonly without: readonly string[] } {
  const all = Object.values(METRICS).map((metric) => measureTrials(experiment, metric, only));
  const known = all.filter(hasNumbers);
  const empty = all.filter((one) => !known.includes(one));
  if (known.length === 0) return { tables: [], without: ["No trial has a result yet."] };
  const { aucWindowSteps } = (experiment.plan.config["training"] ?? {}) as { readonly aucWindowSteps?: number };
  const why = `a run has fewer than two windows of training.aucWindowSteps (${aucWindowSteps})`;
  return { tables: known.map(resultTable), without: empty.map(({ metric }) => `${metric.title}: no value, ${why}.`) };
}

const hasNumbers = ({ rows }: Trials): boolean => [...rows.values()].flat().some(({ values }) => values.size > 0);

function captionOf(trials: Trials): string {
  const counts = [...trials.rows.keys()].map((method) => averageOf(trials, method).trials);
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
  const n = fewest === most ? `${most}` : `${fewest} to ${most}`;
  return `${trials.metric.title}, mean ± std over ${n} trial${n === "1" ? "" : "s"} (${sourceOf(trials)})`;
}

/** Accuracy and AUC of an experiment, or of a part of it, for machines. */
export const allResultsJson = (experiment: Experiment, only: Part): unknown[] =>
  Object.values(METRICS).map((metric) => resultsJson(measureTrials(experiment, metric, only)));

/** Trials for machines; what is not a finite number is text. */
export function resultsJson(trials: Trials): unknown {
  const { metric, experiment, numerics, columns, rows } = trials;
  const [engines] = engineMarks(experiment.records.values());
  return {
    metric: metric.id,
    experiment: experiment.plan.experiment,
    numerics,
    note: earlierNote(numerics) ?? null,
    data: dataTagsOf(experiment),
    missing: [...new Set(experiment.plan.missing.map(({ domain }) => domain))],
    ...(engines !== undefined && { engines: engines.text }),
    rows: [...rows].map(([method, cells]) => {
      const average = averageOf(trials, method);
      return {
        method,
        trials: average.trials,
        average: summaryJson(average),
        cells: Object.fromEntries(
          cells.map(({ values, runs, marks, ...summary }, i) => [
            columns[i]!.title,
            { ...summaryJson(summary), values: [...values.values()].map(jsonNumber), runs, marks },
          ]),
        ),
      };
    }),
  };
}

const summaryJson = ({ mean, std }: Summary): object => ({ mean: jsonNumber(mean), std: jsonNumber(std) });
