import { join } from "node:path";
import { writeAtomic } from "../../core/files.js";
import { writing } from "../../records/writable.js";
import type { Evidence } from "../evidence.js";
import { TABLES, type TableId } from "./registry.js";
import { commandsThatMake } from "./commands-that-make.js";
import { paperCsvFiles } from "../table/csv.js";
import { paperTableJson } from "../table/json.js";
import { renderPaperTable } from "../table/render.js";
import { hasNumbers, paperTable } from "./paper-table.js";
import type { PaperTable } from "../table/table.js";
import { writeTables } from "./write-tables.js";

export interface AllTables {
  readonly tables: readonly PaperTable[];
  /** Tables without a number of ours, and what would make them. */
  readonly absent: readonly { readonly id: TableId; readonly remedy: string }[];
  readonly files: readonly string[];
}

/** Writes every table that has a number, in every format, below `<results>/tables`, and derives every experiment's CSV
 *  files anew. */
export function writeAllTables(evidence: Evidence): AllTables {
  const all = (Object.keys(TABLES) as TableId[]).map((id) => paperTable(evidence, id));
  const tables = all.filter(hasNumbers);
  const folder = join(evidence.results, "tables");
  const files = tables.flatMap((table) => writeTable(folder, table));
  const absent = all.filter((table) => !tables.includes(table)).map(({ id }) => ({ id, remedy: commandsThatMake(id) }));
  return { tables, absent, files: [...files, ...evidence.experiments.flatMap((one) => writeTables(one, true).files)] };
}

function writeTable(folder: string, table: PaperTable): string[] {
  const texts = filesOf(table);
  writing(folder, () => {
    for (const [name, text] of Object.entries(texts)) writeAtomic(join(folder, name), text);
  });
  return Object.keys(texts).map((name) => join(folder, name));
}

/** A table in every format, by file name. */
export const filesOf = (table: PaperTable): Record<string, string> => ({
  [`${table.id}.txt`]: renderPaperTable(table, "text"),
  [`${table.id}.md`]: renderPaperTable(table, "markdown"),
  [`${table.id}.tex`]: renderPaperTable(table, "latex"),
  ...paperCsvFiles(table),
  [`${table.id}.json`]: `${JSON.stringify(paperTableJson(table), null, 2)}\n`,
});
