import { stringify } from "csv-stringify/sync";
import type { Cell, Column, Table } from "./table.js";

export type CsvValue = string | number | undefined;

/** Numbers keep every digit; what is absent is empty. */
export const csvText = (value: CsvValue): string => (value === undefined ? "" : String(value));

export const csv = (rows: readonly (readonly CsvValue[])[]): string => stringify(rows.map((row) => row.map(csvText)));

/** The numbers of tables with the same columns, one below the other: what machines read, in full. */
export function tableCsv(tables: readonly Table[]): string {
  const [{ columns, rowName, namesExperiment = false }] = tables as [Table];
  const places = columns.flatMap(({ only }, i) => (only === "people" ? [] : [i]));
  return csv([
    [...(namesExperiment ? ["experiment"] : []), rowName, ...places.flatMap((i) => names(columns[i]!)), "numerics"],
    ...tables.flatMap(({ rows, provenance, suffix = "" }) =>
      rows.map(({ id, cells, numerics = provenance?.numerics }) => [
        ...(namesExperiment ? [provenance?.folder] : []),
        id + suffix,
        ...places.flatMap((i) => numbers(cells[i]!, columns[i]!)),
        numerics,
      ]),
    ),
  ]);
}

const names = ({ id, spread }: Column): string[] => (spread === undefined ? [id] : [`${id}_mean`, `${id}_${spread}`]);

const numbers = ({ mean, std, text }: Cell, { spread }: Column): CsvValue[] =>
  text !== undefined ? [text] : spread === undefined ? [mean] : [mean, std];

const STATE_COLUMNS = [
  ...["experiment", "preset", "in_paper", "column", "n", "state", "paper_mean", "paper_std", "numerics"],
];

/** A row per cell that is measured or derived: how many numbers are behind it, what is not as it should be ("done" where
 *  all is well), and what the paper has there. */
export function stateCsv(tables: readonly Table[]): string {
  const rows = tables.flatMap(({ rows, columns, suffix = "", provenance, marks }) =>
    rows.flatMap((row) =>
      row.cells.flatMap((cell, i) => {
        const { id, kind } = columns[i]!;
        if (kind !== "measured" && kind !== "derived") return [];
        const n = cell.samples.filter(({ value }) => value !== undefined).length;
        const state = [...cell.marks, ...row.marks, ...marks].map(({ text }) => text).join("; ");
        const head = [row.id + suffix, provenance?.folder, provenance?.preset, row.inPaper ? 1 : 0, id, n];
        return [[...head, state || "done", cell.paper?.mean, cell.paper?.std, provenance?.numerics]];
      }),
    ),
  );
  return csv([[tables[0]!.rowName, ...STATE_COLUMNS], ...rows]);
}
