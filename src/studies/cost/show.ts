import { columns } from "../../core/columns.js";
import { analysesOf } from "../../reporting/evidence.js";
import { earlierMark } from "../../reporting/numerics.js";
import { firstOf } from "../../reporting/measured/analyses.js";
import type { MeasuredCell, Measurements } from "../../reporting/measured/measurements.js";
import { paperResults } from "../../reporting/paper/paper-results.js";
import type { Evidence, StudyShow } from "../../reporting/study-show.js";
import { cellOf, numberColumn, rowOf, type Cell, type Table } from "../../reporting/table/table.js";
import { analysisSample } from "../../reporting/tables/analysis-panels.js";
import { about } from "../../reporting/tables/origin.js";
import { methodTitle } from "../../reporting/method-title.js";
import { sizeOf } from "../../reporting/presets.js";
import type { Printed, Reader } from "../shared/printed.js";
import { metaParametersKind, stepTimesKind, type MetaParameters, type StepTimes } from "./record.js";
import { metaParametersPanel, stepTimesPanel } from "./table.js";

/** What the study came to. */
export interface CostOutcome {
  /** Of the paper, if it is one of the paper's. */
  readonly experiment: string | undefined;
  readonly preset: string;
  readonly counts: MetaParameters;
  /** Absent where nothing was to be timed. */
  readonly times: StepTimes | undefined;
  folderOf(id: string): string;
}

export function printed(outcome: CostOutcome, { json, width }: Reader): Printed {
  const { counts, times, folderOf } = outcome;
  if (json) return { result: { metaParameters: counts, ...(times && { stepTimes: times }) }, notices: [] };
  return {
    result: [...(times ? [timesTable(times, width), ""] : []), countsTable(outcome, width)].join("\n"),
    notices: [times, counts].flatMap((one) => (one ? [{ text: `written: ${folderOf(one.id)}` }] : [])),
  };
}

function timesTable({ rows, batchSize, image }: StepTimes, width: number | undefined): string {
  const baseline = rows.find(({ method }) => method === "sgd_momentum")!;
  const body = rows.map(({ method, mean, std, median, gradient, preconditioning, update }) => [
    ...[method, mean.toFixed(2), std.toFixed(2), median!.toFixed(2), (mean / baseline.mean).toFixed(3)],
    ...[(median! / baseline.median!).toFixed(3), ...[gradient, update, preconditioning].map(shown)],
  ]);
  const { blocks, blockSteps } = baseline;
  return [
    `Milliseconds of a training step, batch ${batchSize} of ${image}, ${blocks} x ${blockSteps} steps; ratios to sgd_momentum`,
    columns(
      ["method", "mean", "std", "median", "ratio", "of medians", "gradient", "plain update", "rest of the rule"],
      body,
      width,
    ),
  ].join("\n");
}

/** A share of a mean; a difference that noise made negative is shown as none. */
const shown = (value: number): string => Math.max(0, value).toFixed(2);

function countsTable(
  { counts: { rows, modelParameters }, experiment, preset }: CostOutcome,
  width: number | undefined,
): string {
  const panel = paperResults()
    .tables.flatMap(({ panels }) => panels)
    .find((one) => one.metric === "meta_parameter_count" && one.experiment === experiment);
  const printed = preset === "paper" && panel?.metric === "meta_parameter_count" ? panel : undefined;
  const printedOf = (method: string): string[] => (printed ? [String(printed.rows[method]?.count?.mean ?? "")] : []);
  const body = rows.map(({ method, count }) => [method, String(count), ...printedOf(method)]);
  return [
    `Learned numbers for a model of ${modelParameters} parameters, its classifier left out`,
    columns(["method", "count", ...(printed ? ["printed"] : [])], body, width),
    ...(printed?.notes ?? []),
  ].join("\n");
}

export const show: StudyShow = {
  kinds: [stepTimesKind, metaParametersKind],
  reportTables,
  panels: {
    time_per_iteration: { command: "analyse cost", make: stepTimesPanel },
    meta_parameter_count: { command: "analyse cost", make: metaParametersPanel },
  },
  measures: { time_per_iteration: measureTimes, meta_parameter_count: measureCounts },
};

/** What a step consists of. */
function reportTables(evidence: Evidence): Table[] {
  const parts = ["gradient", "plain update", "rest of the rule"].map((title) => numberColumn(title, title, 2));
  return analysesOf(evidence, stepTimesKind).map(({ record }): Table => {
    const cell = (value: number, std?: number): Cell =>
      cellOf({ mean: value, std, samples: [{ ...analysisSample(record), value }] });
    return {
      ...about(record),
      id: `step-parts-${record.experiment}`,
      caption: `Milliseconds of a training step, batch ${record.batchSize} of ${record.image} (${record.experiment}${earlierMark(record.numerics)}): the gradient, what plain SGD adds to it, and what the rule adds to plain SGD; differences below the noise can be negative`,
      rowName: "method",
      columns: [numberColumn("step", "mean ± std", 2, { spread: "std" }), ...parts],
      rows: record.rows.map(({ method, mean, std, gradient, update, preconditioning }) =>
        rowOf(method, methodTitle(method), [
          cell(mean, std),
          ...[gradient, update, preconditioning].map((value) => cell(value)),
        ]),
      ),
    };
  });
}

/** Time of an iteration, of which mean and spread over the timed blocks were kept. */
function measureTimes(evidence: Evidence, experiments: readonly string[]): Measurements | undefined {
  const one = firstOf(evidence, stepTimesKind, experiments);
  if (one === undefined) return undefined;
  const cell = ({ mean, std, blocks }: (typeof one.record.rows)[number]): MeasuredCell => ({
    values: new Map(),
    summary: { mean, std, n: blocks },
    runs: [one.record.id],
  });
  return {
    preset: sizeOf(one.record),
    numerics: one.record.numerics,
    columns: [{ id: "time", standIn: false }],
    rows: new Map(one.record.rows.map((row) => [row.method, [cell(row)]])),
  };
}

/** Meta-parameters, which are counted: one value without spread. */
function measureCounts(evidence: Evidence, experiments: readonly string[]): Measurements | undefined {
  const one = firstOf(evidence, metaParametersKind, experiments);
  if (one === undefined) return undefined;
  const cell = (count: number): MeasuredCell => ({ values: new Map([["count", count]]), runs: [one.record.id] });
  return {
    preset: sizeOf(one.record),
    numerics: one.record.numerics,
    columns: [{ id: "count", standIn: false }],
    rows: new Map(one.record.rows.map(({ method, count }) => [method, [cell(count)]])),
  };
}
