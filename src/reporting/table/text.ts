import { alignedColumns, wrapped } from "../../core/columns.js";
import { capitalised } from "./notes.js";
import { shownTable } from "./shown.js";
import type { Table } from "./table.js";
import { lines, written, type Hand } from "./written.js";

const HAND: Hand = {
  plusMinus: " ± ",
  escape: (text) => text,
  bold: (text) => `>${text}`,
  reference: (letters) => ` (${letters})`,
};

/** Aligned columns: of a grid all but the first are set to the right, of a list those that hold numbers.
 *  @param width of the terminal that it has to fit; absent: as wide as it is. */
export function tableText(table: Table, width = Infinity): string {
  const { caption, heading, body, notes, isList } = written(table, HAND);
  const grid = alignedColumns(heading, body, isList ? undefined : (place) => place > 0, width);
  const said = [...directions(table), ...notes];
  const below = isList && said.length > 0 ? ["", ...said] : said;
  const fitted = (line: string): string[] => wrapped(line, width);
  return lines(...(caption === "" ? [] : fitted(caption)), ...grid, ...below.flatMap(fitted));
}

/** "Lower is better; > marks the best of a column." */
function directions(table: Table): string[] {
  const { columns, rows } = shownTable(table);
  const all = [...new Set(columns.flatMap(({ better }) => better ?? []))];
  const side = all.length === 1 ? [`${all[0]!} is better`] : [];
  const marked = rows.some(({ cells }) => cells.some(({ best }) => best)) ? ["> marks the best of a column"] : [];
  const said = [...side, ...marked].join("; ");
  return said === "" ? [] : [`${capitalised(said)}.`];
}
