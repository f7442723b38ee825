import { stringify } from "csv-stringify/sync";
import { TABLES } from "../tables/registry.js";
import type { PaperCell, PaperColumn, PaperPanel, PaperTable } from "./table.js";

type Value = string | number | undefined;

const csv = (rows: readonly (readonly Value[])[]): string =>
  stringify(rows.map((row) => row.map((value) => (value === undefined ? "" : String(value)))));

/** The CSV texts of a table by the name of their file: numbers keep every digit, what is absent is empty. Marks and the
 *  paper's numbers are in the `_state` file beside each. */
export function paperCsvFiles(table: PaperTable): Record<string, string> {
  return Object.fromEntries(
    filesOf(table).flatMap(([name, panels]) => [
      [`${name}.csv`, numbersCsv(panels)],
      [`${name}_state.csv`, stateCsv(panels)],
    ]),
  );
}

/** The panels of every CSV file; a file whose panels are not there is left out. */
function filesOf({ id, panels }: PaperTable): [name: string, panels: PaperPanel[]][] {
  const files = Object.entries<readonly string[]>(TABLES[id]).map(([name, held]): [string, PaperPanel[]] => [
    name,
    panels.filter((panel) => held.length === 0 || held.includes(panel.id)),
  ]);
  return files.filter(([, held]) => held.length > 0);
}

/** Several experiments share a file of costs: its rows say whose they are. */
const several = (panels: readonly PaperPanel[]): boolean => panels.some(({ id }) => id.startsWith("tuning-cost"));

function numbersCsv(panels: readonly PaperPanel[]): string {
  const [{ columns, rowName }] = panels as [PaperPanel];
  const folder = several(panels) ? ["experiment"] : [];
  return csv([
    [
      ...folder,
      rowName,
      ...columns.flatMap(({ id, spread }) => (spread === undefined ? [id] : [`${id}_mean`, `${id}_${spread}`])),
      "numerics",
    ],
    ...panels.flatMap((panel) =>
      panel.rows.map((row) => [
        ...folder.map(() => panel.provenance?.folder),
        row.id + panel.suffix,
        ...row.cells.flatMap((cell, i) => numbers(cell, columns[i]!)),
        panel.provenance?.numerics,
      ]),
    ),
  ]);
}

const numbers = ({ mean, std, text }: PaperCell, { spread }: PaperColumn): Value[] =>
  text !== undefined ? [text] : spread === undefined ? [mean] : [mean, std];

const STATE_COLUMNS = [
  "experiment",
  "preset",
  "in_paper",
  "column",
  "n",
  "state",
  "paper_mean",
  "paper_std",
  "numerics",
];

/** A row per cell that is measured or derived: how many numbers are behind it, what is not as it should be ("done" where
 *  all is well), and what the paper has there. */
function stateCsv(panels: readonly PaperPanel[]): string {
  const rows = panels.flatMap(({ rows, columns, suffix, provenance, marks }) =>
    rows.flatMap((row) =>
      row.cells.flatMap((cell, i) => {
        const { id, kind } = columns[i]!;
        if (kind !== "measured" && kind !== "derived") return [];
        const n = cell.samples.filter(({ value }) => value !== undefined).length;
        const state = [...cell.marks, ...row.marks, ...marks].map(({ text }) => text).join("; ");
        return [
          [
            ...[row.id + suffix, provenance?.folder, provenance?.preset, row.inPaper ? 1 : 0, id, n, state || "done"],
            ...[cell.paper?.mean, cell.paper?.std, provenance?.numerics],
          ],
        ];
      }),
    ),
  );
  return csv([[panels[0]!.rowName, ...STATE_COLUMNS], ...rows]);
}
