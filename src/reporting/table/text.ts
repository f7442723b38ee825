import { alignedColumns } from "../../core/columns.js";
import type { Table } from "./table.js";
import { lines, written, type Hand } from "./written.js";

const HAND: Hand = {
  plusMinus: " ± ",
  escape: (text) => text,
  bold: (text) => text,
  reference: (letters) => ` (${letters})`,
};

/** Aligned columns: of a grid all but the first are set to the right, of a list those that hold numbers. */
export function tableText(table: Table): string {
  const { caption, heading, body, notes, isList } = written(table, HAND);
  const grid = alignedColumns(heading, body, isList ? undefined : (place) => place > 0);
  const below = isList && notes.length > 0 ? ["", ...notes] : notes;
  return lines(...(caption === "" ? [] : [caption]), ...grid, ...below);
}
