import type { PrintedPanel } from "../paper/paper-results.js";
import { RANK_COLUMN } from "../paper/printed.js";
import { meanRanks } from "../statistics/ranks.js";
import {
  cellOf,
  mark,
  numberColumn,
  onlyDiverged,
  type Cell,
  type Column,
  type Mark,
  type Row,
} from "../table/table.js";

/** Adds the mean rank over the columns; the paper's beside it where the panel shares its file with another. */
export function withRanks(
  rows: readonly Row[],
  printed: PrintedPanel,
  better: "higher" | "lower",
  paperBeside: boolean,
): { columns: Column[]; rows: Row[] } {
  const inPaper = rows.filter((row) => row.inPaper);
  const numbers = inPaper[0]!.cells.map((_cell, column) => inPaper.map(({ cells }) => rankable(cells[column]!)));
  const ranks = meanRanks(numbers, better === "higher");
  const counted = numbers.filter((row) => row.some((value) => value !== undefined)).length;
  const column = (id: string, more: Partial<Column>): Column => numberColumn(id, id.replaceAll("_", " "), 2, more);
  const rankCell = (row: Row): Cell => {
    const rank = row.inPaper ? ranks[inPaper.indexOf(row)] : undefined;
    const marks = rankMarks(row, rank, counted, numbers.length);
    return cellOf({ mean: rank, marks, paper: printed.rows[row.id]?.[RANK_COLUMN] });
  };
  const paperCell = (row: Row): Cell => {
    const paper = printed.rows[row.id]?.[RANK_COLUMN];
    const recomputed = printed.derived.average_rank_recomputed?.[row.id];
    const wrong = paper && recomputed !== undefined && recomputed !== paper.mean;
    const marks = wrong ? [mark("misprint", `its own cells give ${recomputed}`)] : [];
    return cellOf({ mean: paper?.mean, marks, paper });
  };
  return {
    columns: [
      column(RANK_COLUMN, { kind: "derived", better: "lower" }),
      ...(paperBeside ? [column(`paper_${RANK_COLUMN}`, { kind: "printed" })] : []),
    ],
    rows: rows.map((row) => ({
      ...row,
      cells: [...row.cells, rankCell(row), ...(paperBeside ? [paperCell(row)] : [])],
    })),
  };
}

/** Diverged in every trial: last, whatever chance is. */
const rankable = (cell: Cell): number | undefined =>
  cell.mean !== undefined && onlyDiverged(cell) ? Infinity : cell.mean;

function rankMarks({ inPaper }: Row, rank: number | undefined, counted: number, columns: number): Mark[] {
  if (!inPaper) return [mark("unranked", "ranks are of the paper's methods")];
  if (rank === undefined)
    return counted === 0 ? [mark("not-run", "not run")] : [mark("unranked", "not run on all datasets")];
  return counted < columns ? [mark("partial", `rank over ${counted} of ${columns} datasets`)] : [];
}
