// Reporting, as other rooms enter it: readers of results, makers of tables, figures, claims and the report, renderers.
// Drawing and pages are loaded when they are asked for.
import type { Evidence, StudyShow } from "./study-show.js";
import type { WriteOptions, WrittenFigure } from "./figures/write-figures.js";
import type { ReportOptions } from "./report/report.js";
import type { Served } from "./report/serve.js";
import type { TensorboardExport, TensorboardRequest } from "./tensorboard/export.js";

export { compareExperiments } from "./compare/experiments.js";
export { comparisonJson, comparisonTables } from "./compare/experiments-tables.js";
export { openPairs } from "./compare/open.js";
export { onlyExperiment, readEvidence } from "./evidence.js";
export type { Evidence, StudyShow } from "./study-show.js";
export { readTriedPoints, watchSearches, type FreshPoint, type TriedPoint } from "./tuning-trace.js";

export { FORMATS, type TableFormat } from "./table/formats.js";
export type { Table } from "./table/table.js";
export { divergedLines, failedLines } from "./ending.js";
export { chooseTables, comparedTrials } from "./tables/choose.js";
export { BEYOND_GRID, explain, explainJson, findCells } from "./tables/explain.js";
export {
  findTable,
  hasNumbers,
  isTable,
  noNumbers,
  csvFilesOf,
  makeTable,
  madeTableJson,
} from "./tables/make-table.js";
export { allResultsJson, resultsJson, resultTable, resultTables } from "./tables/result-table.js";
export { measureTrials } from "./measured/trials.js";
export { writeAllTables, writeLatestTables, writeTables, type WrittenTables } from "./tables/write.js";

export { compareWithBaseline } from "./compare/baseline.js";
export { statisticsJson, renderStatistics } from "./compare/baseline-tables.js";

export { compareCells } from "./paper/cells.js";
export { paperResults } from "./paper/paper-results.js";
export { renderCells, renderClaims } from "./paper/tables.js";
export { judgeClaims } from "./paper/verdicts.js";

export type { CurveAxis } from "./measured/curves.js";
export type { LossScale } from "./figures/figure.js";
export type { FigureWidth } from "./figures/theme.js";
export type { FigureFormat, WrittenFigure } from "./figures/write-figures.js";

/** The figures that a name asks for: one, or all. @throws UserError (usage) for an unknown name, with the known ones. */
export async function chosenFigures(id: string, studies: readonly StudyShow[]): Promise<readonly string[]> {
  const { chosenFigures } = await import("./figures/choose.js");
  return chosenFigures(id, studies);
}

/** Writes figures and the data behind them: `fig2.svg`, `fig2_left.csv`, … @param done is told of each as it is written. */
export async function writeFigures(
  evidence: Evidence,
  ids: readonly string[],
  options: WriteOptions,
  done?: (written: WrittenFigure) => void,
): Promise<WrittenFigure[]> {
  const { writeFigures } = await import("./figures/write-figures.js");
  return writeFigures(evidence, ids, options, done);
}

/** Everything that a results folder holds as one HTML page.
 *  @throws UserError: (usage) there is nothing in it; (data) a file is damaged. */
export async function report(
  results: string,
  studies: readonly StudyShow[],
  options: ReportOptions = {},
): Promise<string> {
  const { report } = await import("./report/report.js");
  return report(results, studies, options);
}

/** Serves the report of a results folder as it grows, to this machine alone.
 *  @param port 0: any free one. @throws UserError (usage) when the port is taken. */
export async function serveReport(
  results: string,
  studies: readonly StudyShow[],
  options: ReportOptions,
  port: number,
): Promise<Served> {
  const { serve } = await import("./report/serve.js");
  return serve(results, () => report(results, studies, { ...options, live: true }), port);
}

/** Writes the runs of experiments as TensorBoard event files.
 *  @throws UserError: (usage) a folder with other things in it, or without a plan; (data) a file is damaged. */
export async function exportTensorboard(request: TensorboardRequest): Promise<TensorboardExport> {
  const { exportTensorboard } = await import("./tensorboard/export.js");
  return exportTensorboard(request);
}
