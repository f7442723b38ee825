import { tableCsv } from "./csv.js";
import { tableLatex } from "./latex.js";
import { tableMarkdown } from "./markdown.js";
import { tableText } from "./text.js";
import type { Table } from "./table.js";

/** A renderer for every format that is text; `csv` takes tables with the same columns. */
export const FORMATS = {
  text: (tables: readonly Table[]) => tables.map(tableText).join("\n"),
  csv: tableCsv,
  markdown: (tables: readonly Table[]) => tables.map(tableMarkdown).join("\n"),
  latex: (tables: readonly Table[]) => tables.map(tableLatex).join("\n"),
} as const satisfies Record<string, (tables: readonly Table[]) => string>;
export type TableFormat = keyof typeof FORMATS;
