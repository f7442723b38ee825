import { withoutNoise } from "../../core/noise.js";
import { onlyDiverged, type Cell, type Column, type Row, type Table } from "./table.js";

/** What people see of a table: its columns and rows for people, and which cells are the best of their columns. */
interface ShownTable {
  readonly columns: readonly Column[];
  readonly rows: readonly { readonly row: Row; readonly cells: readonly (Cell & { readonly best: boolean })[] }[];
}

export function shownTable({ columns, rows }: Table): ShownTable {
  const places = columns.flatMap(({ only }, i) => (only === "machines" ? [] : [i]));
  const shown = rows.filter(({ only }) => only === undefined);
  const best = columns.map(({ better }, i) =>
    areBest(
      shown.map(({ cells }) => cells[i]!),
      better,
    ),
  );
  return {
    columns: places.map((i) => columns[i]!),
    rows: shown.map((row, r) => ({ row, cells: places.map((i) => ({ ...row.cells[i]!, best: best[i]![r]! })) })),
  };
}

/** Which cells of a column are its best: several where their means are equal, rounding aside; none while there are fewer than
 *  two finite ones to choose from. What only diverged and counts as guessing is none. @internal Exported for tests. */
export function areBest(
  cells: readonly Pick<Cell, "mean" | "samples" | "marks">[],
  better: "higher" | "lower" | undefined,
): readonly boolean[] {
  const comparable = withoutNoise(cells.map(({ mean }) => mean ?? NaN));
  const candidates = comparable.map((mean, i) => Number.isFinite(mean) && !isGuess(cells[i]!));
  if (better === undefined || comparable.filter(Number.isFinite).length < 2) return cells.map(() => false);
  const best = Math[better === "higher" ? "max" : "min"](...comparable.filter((_mean, i) => candidates[i]));
  return comparable.map((value, i) => candidates[i]! && value === best);
}

const isGuess = (cell: Pick<Cell, "samples" | "marks">): boolean =>
  onlyDiverged(cell) && cell.marks.some(({ kind }) => kind === "diverged");

/** A number at fixed decimals with its spread; "-" where there is none. */
export function shownNumber(
  { mean, std }: { readonly mean: number | undefined; readonly std?: number | undefined },
  decimals: number,
  plusMinus = " ± ",
): string {
  if (mean === undefined) return "-";
  if (!Number.isFinite(mean)) return "diverged";
  return mean.toFixed(decimals) + (std === undefined ? "" : plusMinus + std.toFixed(decimals));
}

/** Decimals that show four digits of the largest of some numbers; none where all are whole. */
export function decimalsOf(values: readonly (number | undefined)[]): number {
  const finite = values.flatMap((value) => (value !== undefined && Number.isFinite(value) ? [Math.abs(value)] : []));
  const most = Math.max(0, ...finite);
  return finite.every(Number.isInteger) ? 0 : Math.min(8, Math.max(0, 3 - Math.floor(Math.log10(most))));
}

/** A cell as plain text; numbers from stand-in data in brackets.
 *  @param escape what a format does with words. */
export function shownCell(
  cell: Cell,
  { decimals }: Column,
  escape: (text: string) => string = (text) => text,
  plusMinus?: string,
): string {
  const words = cell.shown ?? cell.text;
  const shown = words === undefined ? shownNumber(cell, decimals, plusMinus) : escape(words);
  return cell.marks.some(({ kind }) => kind === "stand-in") ? `[${shown}]` : shown;
}
