import type { PrintedPanel } from "../paper/paper-results.js";
import { averageRanks } from "./average-rank.js";
import { mark, type Mark } from "../table/mark.js";
import type { PaperCell, PaperColumn, PaperRow } from "../table/table.js";

/** The column of mean ranks, as the paper's results name it. */
export const RANK = "average_rank";

/** Adds the mean rank over the columns; the paper's beside it where the panel shares its file with another. */
export function withRanks(
  rows: readonly PaperRow[],
  printed: PrintedPanel,
  better: "higher" | "lower",
  paperBeside: boolean,
): { columns: PaperColumn[]; rows: PaperRow[] } {
  const inPaper = rows.filter((row) => row.inPaper);
  const numbers = inPaper[0]!.cells.map((_cell, column) => inPaper.map(({ cells }) => rankable(cells[column]!)));
  const ranks = averageRanks(numbers, better);
  const counted = numbers.filter((row) => row.some((value) => value !== undefined)).length;
  const column = (id: string, kind: PaperColumn["kind"]): PaperColumn => ({
    id,
    title: id.replaceAll("_", " "),
    kind,
    decimals: 2,
    ...(kind === "derived" && { better: "lower" }),
  });
  const rankCell = (row: PaperRow): PaperCell => {
    const rank = row.inPaper ? ranks[inPaper.indexOf(row)] : undefined;
    return {
      mean: rank,
      std: undefined,
      samples: [],
      marks: rankMarks(row, rank, counted, numbers.length),
      paper: printed.rows[row.id]?.[RANK],
    };
  };
  const paperCell = (row: PaperRow): PaperCell => {
    const paper = printed.rows[row.id]?.[RANK];
    const recomputed = printed.derived.average_rank_recomputed?.[row.id];
    const wrong = paper && recomputed !== undefined && recomputed !== paper.mean;
    const marks = wrong ? [mark("misprint", `its own cells give ${recomputed}`)] : [];
    return { mean: paper?.mean, std: undefined, samples: [], marks, paper };
  };
  return {
    columns: [column(RANK, "derived"), ...(paperBeside ? [column(`paper_${RANK}`, "printed")] : [])],
    rows: rows.map((row) => ({
      ...row,
      cells: [...row.cells, rankCell(row), ...(paperBeside ? [paperCell(row)] : [])],
    })),
  };
}

/** Diverged in every trial: last, whatever chance is. */
function rankable({ mean: value, samples }: PaperCell): number | undefined {
  const all = samples.length > 0 && samples.every(({ state }) => state === "diverged");
  return all && value !== undefined ? Infinity : value;
}

function rankMarks({ inPaper }: PaperRow, rank: number | undefined, counted: number, columns: number): Mark[] {
  if (!inPaper) return [mark("unranked", "ranks are of the paper's methods")];
  if (rank === undefined)
    return counted === 0 ? [mark("not-run", "not run")] : [mark("unranked", "not run on all datasets")];
  return counted < columns ? [mark("partial", `rank over ${counted} of ${columns} datasets`)] : [];
}
