import { alignedColumns } from "../../core/columns.js";
import { wrapped } from "../../core/wrap.js";
import type { Table } from "./table.js";
import { lines, written, type Hand } from "./written.js";

const HAND: Hand = {
  plusMinus: " ± ",
  escape: (text) => text,
  bold: (text) => text,
  reference: (letters) => ` (${letters})`,
};

/** Aligned columns: of a grid all but the first are set to the right, of a list those that hold numbers.
 *  @param width of the terminal that it has to fit; absent: as wide as it is. */
export function tableText(table: Table, width = Infinity): string {
  const { caption, heading, body, notes, isList } = written(table, HAND);
  const grid = alignedColumns(heading, body, isList ? undefined : (place) => place > 0, width);
  const below = isList && notes.length > 0 ? ["", ...notes] : notes;
  const fitted = (line: string): string[] => wrapped(line, width);
  return lines(...(caption === "" ? [] : fitted(caption)), ...grid, ...below.flatMap(fitted));
}
