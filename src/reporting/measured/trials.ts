import { mean, meanIfAny, std } from "../../core/averages.js";
import { commonParts } from "../../core/counting.js";
import { NUMERICS, numericsInWords } from "../../records/numerics.js";
import type { RunRecord } from "../../records/record.js";
import type { TrialCell } from "../../records/plan.js";
import { columnsOf, type Experiment } from "../experiment.js";
import type { Percentages } from "../statistics/pairs.js";
import { engineMarks } from "./engines.js";
import type { Sample } from "../table/table.js";
import { sampleOf } from "./sample.js";

/** What a table shows of a trial. */
export interface Metric {
  readonly id: "accuracy" | "auc";
  /** For captions. */
  readonly title: string;
  readonly decimals: number;
  readonly higherIsBetter: boolean;
  /** The trial's number; undefined where it has none. */
  of(record: RunRecord): number | undefined;
  /** Parts of a whole of which a percentage is a whole number; undefined where unknown. */
  partsOf(record: RunRecord): number | undefined;
}

export const METRICS: Readonly<Record<Metric["id"], Metric>> = {
  accuracy: {
    id: "accuracy",
    title: "Test accuracy in percent",
    decimals: 2,
    higherIsBetter: true,
    of({ state, metrics }) {
      const share = state === "diverged" ? metrics.chance : metrics.testAccuracy;
      return share === undefined ? undefined : 100 * share;
    },
    partsOf: ({ state, metrics, counts }) => (state === "diverged" ? Math.round(1 / metrics.chance) : counts.images),
  },
  auc: {
    id: "auc",
    title: "Area under the training-loss curve",
    decimals: 3,
    higherIsBetter: false,
    of: ({ state, metrics }) => (state === "diverged" ? Infinity : metrics.auc),
    partsOf: () => undefined,
  },
};

/** Mean and sample standard deviation; absent where there is nothing, or nothing to spread. */
export interface Summary {
  readonly mean: number | undefined;
  readonly std: number | undefined;
}

/** One method on one holdout. */
export interface ResultCell extends Summary, Percentages {
  /** Number of every trial that has one, by trial. */
  readonly values: ReadonlyMap<number, number>;
  /** Its finished and failed trials. */
  readonly samples: readonly Sample[];
  /** Those of them that are behind the number. */
  readonly runs: readonly string[];
  /** What is not as it should be, like "1 of 3 diverged". */
  readonly marks: readonly string[];
}

export interface ResultRow {
  readonly method: string;
  readonly title: string;
  /** One per column. */
  readonly cells: readonly ResultCell[];
  readonly average: Summary;
  /** Fewest trials behind a cell. */
  readonly trials: number;
}

/** An experiment's trials summed up, of which its tables and statistics are made. */
export interface Results {
  readonly metric: Metric;
  readonly experiment: string;
  readonly numerics: number;
  readonly columns: readonly string[];
  readonly rows: readonly ResultRow[];
  /** Domains without data: not tested, and nothing was learned on them. */
  readonly missing: readonly string[];
  /** Kinds of data behind it, such as "synthetic". */
  readonly dataTags: readonly string[];
  /** Where its runs are of different engines: what to know of it. */
  readonly engines?: string;
}

/** A part of an experiment. */
export interface Part {
  readonly holdout?: string | undefined;
  readonly method?: string | undefined;
}

/** Sums an experiment's trials up: a row per method, a column per holdout, in the plan's order.
 *  @param only of one holdout or method. */
export function resultsOf(experiment: Experiment, metric: Metric, only: Part = {}): Results {
  const { plan, records } = experiment;
  const trials = plan.cells.filter((cell): cell is TrialCell => cell.phase === "trial");
  const absent = new Set(plan.missing.map(({ domain }) => domain));
  const columns = columnsOf(plan).filter(({ holdout }) => only.holdout === undefined || holdout === only.holdout);
  const methods = plan.methods.filter(({ id }) => only.method === undefined || id === only.method);
  const rows = methods.map(({ id, title }): ResultRow => {
    const cells = columns.map(({ holdout, weightDecay }) =>
      resultCell(
        trials.filter((cell) => cell.method === id && cell.holdout === holdout && cell.weightDecay === weightDecay),
        experiment,
        metric,
        absent.has(holdout),
      ),
    );
    const present = cells.filter((_cell, i) => !absent.has(columns[i]!.holdout));
    return {
      method: id,
      title,
      cells,
      average: average(present),
      trials: Math.min(...present.map(({ values }) => values.size)),
    };
  });
  const [mixed] = engineMarks(records.values());
  const tags = trials.flatMap(({ id }) => records.get(id)?.data.tag ?? []);
  return {
    metric,
    experiment: plan.experiment,
    numerics: plan.numerics,
    columns: columns.map(({ title }) => title),
    rows,
    missing: [...absent],
    dataTags: [...new Set(tags)].sort(),
    ...(mixed !== undefined && { engines: mixed.text }),
  };
}

function resultCell(
  planned: readonly TrialCell[],
  { plan, records }: Experiment,
  metric: Metric,
  absent: boolean,
): ResultCell {
  const values = new Map<number, number>();
  const samples: Sample[] = [];
  const parts: (number | undefined)[] = [];
  const held: RunRecord[] = [];
  const count = { diverged: 0, failed: 0, missing: 0, "without a value": 0 };
  for (const { id, trial } of planned) {
    const record = records.get(id);
    if (record !== undefined) samples.push(sampleOf(plan, record, metric));
    if (record === undefined) count.missing++;
    else if (record.state === "failed") count.failed++;
    else {
      held.push(record);
      if (record.state === "diverged") count.diverged++;
      const value = metric.of(record);
      if (value === undefined) count["without a value"]++;
      else {
        values.set(trial, value);
        parts.push(metric.partsOf(record));
      }
    }
  }
  const marks = absent
    ? ["not run, data missing"]
    : [
        ...Object.entries(count).flatMap(([state, n]) => (n > 0 ? [`${n} of ${planned.length} ${state}`] : [])),
        ...appliedNotes(held),
      ];
  const numbers = [...values.values()];
  const common = commonParts(parts);
  return {
    values,
    samples,
    runs: samples.flatMap(({ id, value }) => (value === undefined ? [] : [id])),
    marks,
    mean: meanIfAny(numbers),
    std: std(numbers),
    ...(common !== undefined && { parts: common }),
  };
}

/** What a reader has to know of runs that apply what was learned with earlier numerics. */
export function appliedNotes(records: readonly RunRecord[]): string[] {
  const applied = new Set(records.flatMap(({ learned }) => learned?.numerics ?? []));
  return [...applied].filter((one) => one !== NUMERICS).map((one) => `learned with ${numericsInWords(one)}`);
}

/** Over the holdouts whose data are here: the mean of the columns' means; its spread is that over the trials of a trial's own mean over
 *  the columns, since a trial has the same seed in all of them. Absent while a cell has no numbers; the spread also
 *  while cells have different trials. */
function average(cells: readonly ResultCell[]): Summary {
  const means = cells.flatMap((cell) => cell.mean ?? []);
  if (means.length < cells.length) return { mean: undefined, std: undefined };
  const trials = [...cells[0]!.values.keys()];
  const paired = cells.every(
    ({ values }) => values.size === trials.length && trials.every((trial) => values.has(trial)),
  );
  const perTrial = trials.map((trial) => mean(cells.flatMap(({ values }) => values.get(trial) ?? [])));
  return { mean: meanIfAny(means), std: paired ? std(perTrial) : undefined };
}
