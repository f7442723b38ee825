import { mean, meanIfAny, std } from "../../core/averages.js";
import { commonParts } from "../../core/counting.js";
import { NUMERICS, numericsInWords } from "../../records/numerics.js";
import type { Plan, TrialCell } from "../../records/plan.js";
import type { RunRecord } from "../../records/record.js";
import { columnsOf, titleOf, type Column, type Experiment } from "../experiment.js";
import { earlierMark } from "../numerics.js";
import { sizeOf } from "../presets.js";
import { compareRanks, type RankComparison } from "../statistics/ranks.js";
import type { Sample } from "../table/table.js";
import type { MeasuredCell, MeasuredColumn, Measurements } from "./measurements.js";
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

/** A trial's share of the test images that is right; chance where it diverged. */
export const accuracyOf = ({ state, metrics }: RunRecord): number | undefined =>
  state === "diverged" ? metrics.chance : metrics.testAccuracy;

/** A trial's area under the training-loss curve; infinite where it diverged. */
export const aucOf = ({ state, metrics }: RunRecord): number | undefined =>
  state === "diverged" ? Infinity : metrics.auc;

export const METRICS: Readonly<Record<Metric["id"], Metric>> = {
  accuracy: {
    id: "accuracy",
    title: "Test accuracy in percent",
    decimals: 2,
    higherIsBetter: true,
    of(record) {
      const share = accuracyOf(record);
      return share === undefined ? undefined : 100 * share;
    },
    partsOf: ({ state, metrics, counts }) => (state === "diverged" ? Math.round(1 / metrics.chance) : counts.images),
  },
  auc: {
    id: "auc",
    title: "Area under the training-loss curve",
    decimals: 3,
    higherIsBetter: false,
    of: aucOf,
    partsOf: () => undefined,
  },
};

/** Mean and sample standard deviation; absent where there is nothing, or nothing to spread. */
export interface Summary {
  readonly mean: number | undefined;
  readonly std: number | undefined;
}

/** One method's trials in one column. */
export interface MeasuredTrials extends MeasuredCell, Summary {
  readonly planned: readonly TrialCell[];
  /** Of those that have one, failed ones too. */
  readonly records: readonly RunRecord[];
  /** A sample per record. */
  readonly samples: readonly Sample[];
  /** What is not as it should be, like "1 of 3 diverged". */
  readonly marks: readonly string[];
}

interface TrialsColumn extends MeasuredColumn {
  readonly title: string;
}

/** An experiment's trials, by method and holdout in the plan's order. */
export interface Trials extends Measurements<MeasuredTrials, TrialsColumn> {
  readonly experiment: Experiment;
  readonly metric: Metric;
}

/** A part of an experiment. */
export interface Part {
  readonly holdout?: string | undefined;
  readonly method?: string | undefined;
}

/** Sums an experiment's trials up. @param only of one holdout or method. */
export function measureTrials(experiment: Experiment, metric: Metric, only: Part = {}): Trials {
  const { plan } = experiment;
  const columns = columnsOf(plan).filter(({ holdout }) => only.holdout === undefined || holdout === only.holdout);
  const methods = plan.methods.filter(({ id }) => only.method === undefined || id === only.method);
  return {
    experiment,
    metric,
    preset: sizeOf(plan),
    numerics: plan.numerics,
    columns: columns.map(({ title, holdout }) => ({ id: holdout, title, standIn: isStandIn(experiment, holdout) })),
    rows: new Map(
      methods.map(({ id }) => [id, columns.map((column) => measuredTrials(experiment, metric, id, column))]),
    ),
  };
}

/** Whether a run on a domain used drawn data in place of real ones. */
export const isStandIn = ({ plan, records }: Experiment, domain: string): boolean =>
  plan.cells.some(
    ({ id, phase, holdout }) => phase === "trial" && holdout === domain && records.get(id)?.data.tag === "synthetic",
  );

/** Kinds of data behind trials, such as "synthetic". */
export function dataTagsOf({ plan, records }: Experiment): string[] {
  const tags = plan.cells.flatMap(({ id, phase }) => (phase === "trial" ? (records.get(id)?.data.tag ?? []) : []));
  return [...new Set(tags)].sort();
}

/** Where trials come from, for captions: "cifar10-desk, numerics 1, synthetic data". */
export function sourceOf({ experiment, numerics }: Trials): string {
  const drawn = dataTagsOf(experiment).filter((tag) => tag !== "real");
  return experiment.plan.experiment + earlierMark(numerics) + drawn.map((tag) => `, ${tag} data`).join("");
}

/** Whether a domain's data are not here: nothing was tested, or learned, on it. */
export const isMissing = ({ missing }: Plan, holdout: string): boolean =>
  missing.some(({ domain }) => domain === holdout);

/** Trials that are planned of a method in a column. @param at of one without weight decay: at any. */
export const plannedTrials = ({ cells }: Plan, method: string, at: Omit<Column, "title">): TrialCell[] =>
  cells.filter(
    (cell): cell is TrialCell =>
      cell.phase === "trial" &&
      cell.method === method &&
      cell.holdout === at.holdout &&
      (at.weightDecay === undefined || cell.weightDecay === at.weightDecay),
  );

/** Sums the trials of a method in a column up. */
export function measuredTrials(
  experiment: Experiment,
  metric: Metric,
  method: string,
  column: Omit<Column, "title">,
): MeasuredTrials {
  const { plan } = experiment;
  const planned = plannedTrials(plan, method, column);
  const held = planned.flatMap(({ id, trial }) => {
    const record = experiment.records.get(id);
    if (record === undefined) return [];
    const value = record.state === "failed" ? undefined : metric.of(record);
    return [{ trial, record, value, sample: sampleOf(plan.experiment, record, value) }];
  });
  const measured = held.flatMap(({ value, ...one }) => (value === undefined ? [] : [{ ...one, value }]));
  const records = held.map(({ record }) => record);
  const of = (state: RunRecord["state"]): number => records.filter((record) => record.state === state).length;
  const count = {
    diverged: of("diverged"),
    failed: of("failed"),
    missing: planned.length - held.length,
    "without a value": held.length - of("failed") - measured.length,
  };
  const marks = isMissing(plan, column.holdout)
    ? ["not run, data missing"]
    : [
        ...Object.entries(count).flatMap(([state, n]) => (n > 0 ? [`${n} of ${planned.length} ${state}`] : [])),
        ...appliedNotes(records.filter(({ state }) => state !== "failed")),
      ];
  const numbers = measured.map(({ value }) => value);
  const parts = commonParts(measured.map(({ record }) => metric.partsOf(record)));
  return {
    planned,
    records,
    samples: held.map(({ sample }) => sample),
    values: new Map(measured.map(({ trial, value }) => [String(trial), value])),
    runs: measured.map(({ record }) => record.id),
    mean: meanIfAny(numbers),
    std: std(numbers),
    marks,
    ...(parts !== undefined && { parts }),
    ...((planned.length === 0 || measured.length < planned.length) && {
      incomplete: marks.join(" and ") || "not planned",
    }),
  };
}

/** What a reader has to know of runs that apply what was learned with earlier numerics. */
export function appliedNotes(records: readonly RunRecord[]): string[] {
  const applied = new Set(records.flatMap(({ learned }) => learned?.numerics ?? []));
  return [...applied].filter((one) => one !== NUMERICS).map((one) => `learned with ${numericsInWords(one)}`);
}

/** A method over the holdouts whose data are here. */
interface Average extends Summary {
  /** Fewest trials behind a cell. */
  readonly trials: number;
}

/** The mean of the columns' means; its spread is that over the trials of a trial's own mean over the columns, since a trial
 *  has the same seed in all of them. Absent while a cell has no numbers; the spread also while cells have different
 *  trials. */
export function averageOf({ experiment, columns, rows }: Trials, method: string): Average {
  const cells = rows.get(method)!.filter((_cell, i) => !isMissing(experiment.plan, columns[i]!.id));
  const means = cells.flatMap((cell) => cell.mean ?? []);
  const fewest = Math.min(...cells.map(({ values }) => values.size));
  if (means.length < cells.length) return { mean: undefined, std: undefined, trials: fewest };
  const trials = [...(cells[0]?.values.keys() ?? [])];
  const paired = cells.every(
    ({ values }) => values.size === trials.length && trials.every((trial) => values.has(trial)),
  );
  const perTrial = trials.map((trial) => mean(cells.flatMap(({ values }) => values.get(trial) ?? [])));
  return { mean: meanIfAny(means), std: paired ? std(perTrial) : undefined, trials: fewest };
}

/** Ranks over the columns in which every method has a number. */
export interface TrialRanks extends RankComparison {
  /** Titles. */
  readonly methods: readonly string[];
  readonly columns: number;
}

export function rankTrials({ experiment, metric, columns, rows }: Trials): TrialRanks {
  const byColumn = columns.map((_column, i) => [...rows.values()].map((cells) => cells[i]!.mean));
  const whole = byColumn.filter((means): means is number[] => !means.includes(undefined));
  const methods = [...rows.keys()].map((method) => titleOf(experiment.plan, method));
  return { ...compareRanks(whole, metric.higherIsBetter), methods, columns: whole.length };
}
