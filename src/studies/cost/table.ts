import { firstOf } from "../../reporting/measured/analyses.js";
import type { PrintedPanel, PrintedTable } from "../../reporting/paper/paper-results.js";
import type { Evidence } from "../../reporting/study-show.js";
import { cellOf, mark, numberColumn, type Table } from "../../reporting/table/table.js";
import { analysisCell, countColumn, methodRows } from "../../reporting/tables/analysis-panels.js";
import { about } from "../../reporting/tables/origin.js";
import type { PanelHead } from "../../reporting/tables/registry.js";
import { metaParametersKind, stepTimesKind } from "./record.js";

const BASELINE = "sgd_momentum";

/** Learned parameters of every learned method, the paper's count beside them. */
export function metaParametersPanel(evidence: Evidence, head: PanelHead, given: Printed): Table {
  const printed = ofMethods(head, given);
  const found = firstOf(evidence, metaParametersKind, [head.experiment])?.record;
  const better = "lower";
  const columns = [{ ...countColumn("count", "measured"), better } as const, countColumn("paper_count", "printed")];
  const rows = methodRows(found, printed, (method) => {
    const ours = found?.rows.find((row) => row.method === method)?.count;
    const paper = printed.rows[method]?.count;
    const marks = ours === undefined ? [mark("not-run", "not counted")] : [];
    return [analysisCell(found, ours, marks, paper), cellOf({ mean: paper?.mean, paper })];
  });
  const definition = "Parameters that a method learns for the model without its classifier.";
  return { ...head, ...about(found), rowName: "method", columns, rows, definition };
}

/** Milliseconds of a training iteration and their ratio to SGD-M's, the paper's ratio beside it. */
export function stepTimesPanel(evidence: Evidence, head: PanelHead, given: Printed): Table {
  const printed = ofMethods(head, given);
  const found = firstOf(evidence, stepTimesKind, [head.experiment])?.record;
  const timeOf = (method: string): number | undefined => found?.rows.find((row) => row.method === method)?.mean;
  const base = timeOf(BASELINE);
  const paperBase = printed.rows[BASELINE]!.time!.mean;
  const columns = [
    numberColumn("ms", "ms", 2, { heading: "Time (ms)", spread: "std", better: "lower" }),
    numberColumn("ratio_sgdm", "ratio to SGD-M", 3, { kind: "derived" }),
    numberColumn("paper_ratio", "paper's ratio", 3, { kind: "printed" }),
  ];
  const rows = methodRows(found, printed, (method) => {
    const ours = timeOf(method);
    const paper = printed.rows[method]?.time;
    const marks = ours === undefined ? [mark("not-run", "not timed")] : [];
    const std = found?.rows.find((row) => row.method === method)?.std;
    const time = { ...analysisCell(found, ours, marks, paper), std };
    const paperRatio = paper ? { mean: paper.mean / paperBase } : paper;
    const ratio = ours === undefined || base === undefined ? undefined : ours / base;
    return [
      time,
      cellOf({ mean: ratio, marks: ratio === undefined ? [mark("not-run", "not timed")] : [], paper: paperRatio }),
      cellOf({ mean: paperRatio?.mean, paper: paperRatio }),
    ];
  });
  const timed = found?.rows[0];
  const definition =
    "Forward and backward pass and update, without loading and evaluation; the paper names neither unit nor hardware: compare ratios." +
    (found && timed
      ? ` ${found.image}, batches of ${found.batchSize}, ${timed.blocks} blocks of ${timed.blockSteps} steps.`
      : "");
  return { ...head, ...about(found), rowName: "method", columns, rows, definition };
}

type Printed = PrintedTable["panels"][number];

function ofMethods({ id }: PanelHead, printed: Printed): PrintedPanel {
  if (printed.metric === "dataset_statistics") throw new Error(`${id}: the paper has no methods there`);
  return printed;
}
