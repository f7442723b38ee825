import { join } from "node:path";
import type { AnalysisRecord } from "../../records/analysis.js";
import type { PrintedPanel } from "../paper/paper-results.js";
import { methodTitle } from "../method-title.js";
import {
  cellOf,
  mark,
  numberColumn,
  type Cell,
  type Column,
  type Mark,
  type Printed,
  type Row,
  type Sample,
} from "../table/table.js";

/** A column of counts. */
export const countColumn = (id: string, kind: "measured" | "printed"): Column =>
  numberColumn(id, id.replace("paper_", "paper's "), 0, { kind });

/** An analysis behind a cell, without its number. */
export const analysisSample = (record: AnalysisRecord): Omit<Sample, "value"> => ({
  kind: "analysis",
  id: record.id,
  file: join(record.experiment, "analyses", record.id, "record.json"),
  state: "done",
});

/** A number of an analysis; without one a cell with its marks. */
export function analysisCell(
  record: AnalysisRecord | undefined,
  value: number | undefined,
  marks: readonly Mark[],
  paper: Printed | null | undefined,
): Cell {
  const samples = record === undefined || value === undefined ? [] : [{ ...analysisSample(record), value }];
  return cellOf({ mean: value, samples, marks, paper });
}

/** The paper's methods, then those it lacks. */
export function methodRows(
  found: { readonly rows: readonly { readonly method: string }[] } | undefined,
  printed: PrintedPanel,
  cellsOf: (method: string) => readonly Cell[],
): Row[] {
  const ids = Object.keys(printed.rows);
  const others = found?.rows.map(({ method }) => method).filter((method) => !ids.includes(method)) ?? [];
  return [...ids, ...others].map((id): Row => {
    const inPaper = ids.includes(id);
    const marks = inPaper ? [] : [mark("ours", "not in the paper's table")];
    return { id, title: methodTitle(id), inPaper, marks, cells: cellsOf(id) };
  });
}
