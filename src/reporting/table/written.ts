import { capitalised, notesOf, rowState } from "./notes.js";
import { shownCell, shownTable } from "./shown.js";
import type { Table } from "./table.js";

/** A table whose heading and body are written in a format already; the rest is plain. */
export interface Written {
  readonly caption: string;
  /** For references. */
  readonly label: string;
  readonly heading: readonly string[];
  readonly body: readonly (readonly string[])[];
  /** Below the table, a line each. */
  readonly notes: readonly string[];
  readonly isList: boolean;
}

/** How a format writes what stands in a cell. */
export interface Hand {
  readonly plusMinus: string;
  escape(text: string): string;
  bold(text: string): string;
  /** Points to notes, like "a,b". */
  reference(letters: string): string;
}

/** Writes the cells of a table for people: mean ± spread at fixed decimals, the best of a column bold where the format can,
 *  numbers from stand-in data in brackets. Letters lead from cells to their marks below, or a star to the row's line. */
export function written(table: Table, hand: Hand): Written {
  const { columns, rows } = shownTable(table);
  const byRows = table.marking === "rows";
  const { shared, letterOf, lettersOf } = notesOf(table);
  const marked = (shown: string, cell: Parameters<typeof lettersOf>[0]): string => {
    if (byRows) return cell.marks.length > 0 ? `${shown}*` : shown;
    const letters = lettersOf(cell);
    return letters.length === 0 ? shown : shown + hand.reference(letters.join(","));
  };
  const body = rows.map(({ row, cells }) => [
    marked(hand.escape(row.title), row),
    ...cells.map((cell, i) => {
      const shown = shownCell(cell, columns[i]!, hand.escape, hand.plusMinus);
      return marked(cell.best ? hand.bold(shown) : shown, cell);
    }),
  ]);
  const titles = columns.map(({ title }) => title);
  const ofRows = rows.flatMap(({ row, cells }) => {
    const state = rowState(cells, titles);
    return state === "" ? [] : [`${row.title}: ${state}`];
  });
  const ofTable = table.marks.map(({ text }) => text);
  const notes = byRows
    ? [...ofRows, ...ofTable].map((note) => `* ${note}`)
    : [...[...letterOf].map(([text, letter]) => `${letter}: ${text}`), ...[...ofTable, ...shared].map(sentence)];
  return {
    caption: table.caption,
    label: table.id,
    heading: [table.rowName, ...titles].map(hand.escape),
    body,
    notes: [...notes, ...(table.definition === undefined ? [] : [table.definition]), ...(table.notes ?? [])],
    isList: table.layout === "list",
  };
}

const sentence = (text: string): string => `${capitalised(text)}${/[.!?]$/.test(text) ? "" : "."}`;

/** Lines of a file. */
export const lines = (...all: readonly string[]): string => `${all.join("\n")}\n`;
