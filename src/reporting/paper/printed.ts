import { meanIfAny } from "../../core/averages.js";
import { averageRanks, type Means } from "../statistics/means.js";
import { paperResults, type ClaimMetric, type PaperResults, type PrintedPanel } from "./paper-results.js";

/** A panel of a table or figure, under the name of what it belongs to. */
export interface NamedPanel {
  /** Like "table1". */
  readonly table: string;
  readonly panel: Pick<PrintedPanel, "id" | "columns" | "rows" | "higher_is_better" | "derived"> & {
    readonly metric: ClaimMetric;
  };
  readonly experiment: string;
}

/** The column of mean ranks that some tables print beside their data. */
export const RANK_COLUMN = "average_rank";

/** All panels with a row per method, those of the tables first. */
export function methodPanels(paper: PaperResults = paperResults()): NamedPanel[] {
  return [
    ...paper.tables.flatMap(({ id, panels }) =>
      panels.flatMap((panel): NamedPanel[] =>
        panel.metric === "dataset_statistics" ? [] : [{ table: id, panel, experiment: panel.experiment }],
      ),
    ),
    ...paper.figures.flatMap(({ id, experiment, panels }) => panels.map((panel) => ({ table: id, panel, experiment }))),
  ];
}

/** Domains that the paper tests on in one of its experiments, as far as its tables tell. */
export function printedDomains(id: string): string[] {
  const { tables, domains } = paperResults();
  const panels = tables.flatMap(({ panels }) => panels).filter(({ experiment }) => experiment === id);
  return [...new Set(panels.flatMap(({ columns }) => columns.flatMap((column) => domains[column] ?? [])))];
}

/** The printed means of a panel, without the column of mean ranks. */
function printedMeans({ columns, rows }: NamedPanel["panel"]): Means {
  const data = columns.filter((column) => column !== RANK_COLUMN);
  return new Map(Object.entries(rows).map(([method, cells]) => [method, data.map((column) => cells[column]?.mean)]));
}

/** Mean ranks and averages over a panel's columns as its printed cells give them; undefined where a cell is lost.
 *  @returns by method. */
export function printedSummaries(
  panel: NamedPanel["panel"],
): Map<string, { averageRank: number | undefined; average: number | undefined }> {
  const means = printedMeans(panel);
  const ranks = averageRanks(means, panel.higher_is_better);
  return new Map(
    [...means].map(([method, row]) => [
      method,
      { averageRank: ranks?.get(method), average: row.includes(undefined) ? undefined : meanIfAny(row as number[]) },
    ]),
  );
}
