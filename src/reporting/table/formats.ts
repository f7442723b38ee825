import { tableCsv } from "./csv.js";
import { tableLatex } from "./latex.js";
import { tableMarkdown } from "./markdown.js";
import { tableText } from "./text.js";
import type { Table } from "./table.js";

export type TableFormat = "text" | "csv" | "markdown" | "latex";

/** Writes tables in a format. @param width of the terminal that text has to fit; absent: as wide as it is. */
type Render = (tables: readonly Table[], width?: number) => string;

/** A renderer for every format that is text; `csv` takes tables with the same columns. */
export const FORMATS: Readonly<Record<TableFormat, Render>> = {
  text: (tables, width) => tables.map((table) => tableText(table, width)).join("\n"),
  csv: (tables) => tableCsv(tables),
  markdown: (tables) => tables.map(tableMarkdown).join("\n"),
  latex: (tables) => tables.map(tableLatex).join("\n"),
};
