import { experimentOf, fullestExperiment } from "../evidence.js";
import type { Evidence } from "../study-show.js";
import { titleOf, type Experiment } from "../experiment.js";
import { paperResults, type PrintedPanel } from "../paper/paper-results.js";
import { RANK_COLUMN } from "../paper/printed.js";
import {
  cellOf,
  mark,
  numberColumn,
  type Cell,
  type Mark,
  type Printed,
  type Row,
  type Table,
} from "../table/table.js";
import { methodTitle } from "../method-title.js";
import { experimentMarks, provenanceOf, stateMarks, tagMarks } from "./origin.js";
import type { PanelHead } from "./registry.js";
import { withRanks } from "./rank-columns.js";
import {
  appliedNotes,
  isMissing,
  measuredTrials,
  METRICS,
  type MeasuredTrials,
  type Metric,
} from "../measured/trials.js";

/** A panel of trials: a row per method, a column per held-out dataset, and the mean rank where the paper has one. */
export function trialPanel(
  evidence: Evidence,
  head: PanelHead,
  printed: PrintedPanel,
  source: Metric["id"],
  lostRows: readonly string[] = [],
): Table {
  const experiment = experimentOf(evidence, head.experiment) ?? makerOf(evidence, head.id);
  const metric = METRICS[source];
  const better = metric.higherIsBetter ? "higher" : "lower";
  const ids = [...lostRows, ...Object.keys(printed.rows)];
  const others = experiment?.plan.methods.map(({ id }) => id).filter((id) => !ids.includes(id)) ?? [];
  const domains = printed.columns.filter((column) => column !== RANK_COLUMN);
  const paperOf = (method: string, column: string): Printed | null | undefined => {
    const cells = printed.rows[method];
    return cells === undefined ? (lostRows.includes(method) ? null : undefined) : cells[column];
  };
  const rows = [...ids, ...others].map((method): Row => {
    const inPaper = ids.includes(method);
    return {
      id: method,
      title: inPaper ? methodTitle(method) : titleOf(experiment!.plan, method),
      inPaper,
      marks: inPaper ? [] : [mark("ours", "not in the paper's table")],
      cells: domains.map((column) => trialCell(experiment, method, column, metric, paperOf(method, column))),
    };
  });
  const columns = domains.map((id) => numberColumn(id, id, metric.decimals, { spread: "std", better }));
  const ranked = printed.columns.includes(RANK_COLUMN)
    ? withRanks(rows, printed, better, head.suffix !== "")
    : { columns: [], rows };
  return {
    ...head,
    rowName: "method",
    provenance: experiment && provenanceOf(experiment),
    columns: [...columns, ...ranked.columns],
    rows: ranked.rows,
    marks: experiment === undefined ? [] : experimentMarks(experiment),
    definition: source === "auc" ? aucDefinition(experiment) : "In percent of the test images, after the last step.",
  };
}

/** An experiment whose config names the table, but no experiment of the paper. */
const makerOf = (evidence: Evidence, panel: string): Experiment | undefined =>
  fullestExperiment(evidence, ({ table, config }) => table === panel && config.experiment === undefined);

function trialCell(
  experiment: Experiment | undefined,
  method: string,
  column: string,
  metric: Metric,
  paper: Printed | null | undefined,
): Cell {
  const lost = paper === null ? [mark("lost", "lost in the paper")] : [];
  const empty = (why: Mark): Cell => cellOf({ marks: [why, ...lost], paper });
  if (experiment === undefined) return empty(mark("not-run", "not run"));
  const holdout = paperResults().domains[column]!;
  if (isMissing(experiment.plan, holdout)) return empty(mark("missing-data", "not run, data missing"));
  const trials = measuredTrials(experiment, metric, method, { holdout });
  const { planned, records, samples, mean, std } = trials;
  if (records.length === 0) {
    const isBarred = planned.some(({ dependsOn }) =>
      dependsOn.some((id) => experiment.records.get(id)?.state === "failed"),
    );
    return empty(isBarred ? mark("failed", "not run, what it needs failed") : mark("not-run", "not run"));
  }
  const marks = trialMarks(trials, metric, longestOn(experiment, holdout));
  return { mean, std, samples, marks: [...marks, ...lost], paper };
}

/** What is not as planned with the trials of a cell. @param longest steps of the longest trial of the column. */
function trialMarks({ planned, records, runs }: MeasuredTrials, metric: Metric, longest: number): Mark[] {
  const isArea = metric.id === "auc";
  const short = records.filter(({ state, counts }) => isArea && state === "done" && counts.steps < longest);
  const tags = new Set(records.map(({ data }) => data.tag));
  const without = records.filter(({ state }) => state !== "failed" && state !== "skipped").length - runs.length;
  return [
    ...stateMarks(records, planned.length, "trials", isArea ? "diverged" : "diverged, counted as chance"),
    ...(without > 0 ? [mark("no-value", `${without} of ${planned.length} trials without a number`)] : []),
    ...short.map(({ counts }) => mark("partial-auc", `partial AUC, of ${counts.steps} of ${longest} steps`)),
    ...appliedNotes(records).map((note) => mark("earlier", note)),
    ...(["synthetic", "partial"] as const).flatMap((tag) => (tags.has(tag) ? tagMarks(tag) : [])),
  ];
}

const longest = new WeakMap<Experiment, Map<string, number>>();

/** Steps of the longest finished trial on a holdout. */
function longestOn(experiment: Experiment, holdout: string): number {
  let byHoldout = longest.get(experiment);
  if (byHoldout === undefined) {
    byHoldout = new Map();
    for (const { cell, state, counts } of experiment.records.values())
      if (cell.phase === "trial" && state === "done")
        byHoldout.set(cell.holdout, Math.max(counts.steps, byHoldout.get(cell.holdout) ?? 0));
    longest.set(experiment, byHoldout);
  }
  return byHoldout.get(holdout) ?? 0;
}

/** What the AUC of an experiment is, in words; without one, as the paper's tables have it. */
function aucDefinition(experiment: Experiment | undefined): string {
  const training = experiment?.plan.config.training as { steps?: number | string; aucWindowSteps?: number } | undefined;
  const points =
    training === undefined || typeof training.steps === "string"
      ? "the mini-batch losses' mean of every epoch"
      : `the mini-batch losses' mean of every ${training.aucWindowSteps ?? 50} steps`;
  return `AUC: trapezoid over ${points}, unit spacing, not normalised by the length.`;
}
