import type { VNode } from "preact";
import type { Evidence } from "../../evidence.js";
import { compareCells, type CellComparison, type CellVerdict } from "../../paper/cells.js";
import { slipsOf } from "../../paper/slips.js";
import { areBest } from "../../table/best.js";
import { PANELS, TABLES, isPanelId, type TableId } from "../../tables/registry.js";
import { commandsThatMake } from "../../tables/commands-that-make.js";
import { captionOf, notesOf as marksOf } from "../../table/render.js";
import { hasNumbers, paperTable } from "../../tables/paper-table.js";
import type { Mark } from "../../table/mark.js";
import type { PaperCell, PaperColumn, PaperPanel, PaperTable } from "../../table/table.js";
import { capitalised, DataTable, Section, type Cell, type Note, type Row } from "../elements.js";

/** Tables that other parts of the page show. */
const ELSEWHERE: readonly TableId[] = ["tuning-cost", "hypergradient"];

/** Every table of the paper and its figures, with or without numbers. */
export const paperTables = (evidence: Evidence): PaperTable[] =>
  (Object.keys(TABLES) as TableId[]).filter((id) => !ELSEWHERE.includes(id)).map((id) => paperTable(evidence, id));

/** Headings of the tables that have numbers. */
export const tableTitles = (tables: readonly PaperTable[]): { id: string; title: string }[] =>
  tables.filter(hasNumbers).map(({ id }) => ({ id, title: titleOfTable(id) }));

/** The paper's tables with its numbers beside ours. */
export function PaperTables({ evidence, tables }: { evidence: Evidence; tables: readonly PaperTable[] }): VNode {
  const comparisons = new Map(compareCells(evidence).map((one) => [keyOf(one), one]));
  const absent = tables.filter((table) => !hasNumbers(table));
  return (
    <Section id="tables" title="The paper's tables">
      {tables.filter(hasNumbers).map((table) => (
        <PaperTableParts table={table} comparisons={comparisons} />
      ))}
      {absent.length > 0 && (
        <>
          <h3 id="tables-not-run">Not run</h3>
          <ul>
            {absent.map(({ id }) => (
              <li>
                {titleOfTable(id)}: <code>{commandsThatMake(id)}</code>
              </li>
            ))}
          </ul>
        </>
      )}
    </Section>
  );
}

const titleOfTable = (id: TableId): string =>
  id === "fig1_summary" ? "Iterations to converge" : id.replace("table", "Table ");

type Comparisons = ReadonlyMap<string, CellComparison>;

function PaperTableParts({ table, comparisons }: { table: PaperTable; comparisons: Comparisons }): VNode {
  return (
    <>
      <h3 id={table.id}>{titleOfTable(table.id)}</h3>
      {table.panels.map((panel) => (
        <PanelTable id={`${table.id}-${panel.id}`} panel={panel} comparisons={comparisons} />
      ))}
    </>
  );
}

/** One panel; with the paper's numbers below ours where there are comparisons. */
export const PanelTable = ({
  id,
  panel,
  comparisons = new Map(),
}: {
  id: string;
  panel: PaperPanel;
  comparisons?: Comparisons;
}): VNode => (
  <DataTable
    id={id}
    caption={captionOf(panel)}
    columns={[
      { title: capitalised(panel.rowName) },
      ...panel.columns.map(({ title, kind }) => ({ title: capitalised(title), numeric: kind !== "words" })),
    ]}
    rows={rowsOf(panel, comparisons)}
    notes={notesOf(panel)}
  />
);

function notesOf(panel: PaperPanel): Note[] {
  const name = printedName(panel.id);
  const { shared, letterOf } = marksOf(panel);
  const slips = name === undefined ? [] : slipsOf(`${name.table}.${name.panel}`);
  return [
    ...[...letterOf].map(([text, letter]) => ({ letter, text })),
    ...[...panel.marks.map(({ text }) => text), ...shared].map((text) => ({ text: capitalised(text) })),
    ...(panel.definition === undefined ? [] : [{ text: panel.definition }]),
    ...slips.map(({ text }) => ({ text: `Of the paper: ${text}` })),
  ];
}

function rowsOf(panel: PaperPanel, comparisons: Comparisons): Row[] {
  const { columns, rows } = panel;
  const best = columns.map((column, i) =>
    areBest(
      rows.map(({ cells }) => cells[i]!.mean),
      column.better,
    ),
  );
  const { letterOf } = marksOf(panel);
  const letters = (marks: readonly Mark[]): string[] => [
    ...new Set(marks.flatMap(({ text }) => letterOf.get(text) ?? [])),
  ];
  const name = printedName(panel.id);
  return rows.map((row, r) => ({
    ...(panel.rowName === "method" && { method: row.id }),
    cells: [
      { shown: row.title, letters: letters(row.marks) },
      ...row.cells.map((cell, i) => {
        const compared = name && comparisons.get(keyOf({ ...name, row: row.id, column: columns[i]!.id }));
        return { ...cellOf(cell, columns[i]!, best[i]![r]!, compared?.verdict), letters: letters(cell.marks) };
      }),
    ],
  }));
}

function cellOf(cell: PaperCell, column: PaperColumn, best: boolean, verdict: CellVerdict | undefined): Cell {
  const { mean, text, paper, marks } = cell;
  const number = text ?? shownNumber(cell, column);
  const bracketed = marks.some(({ kind }) => kind === "stand-in") ? `[${number}]` : number;
  const shown = best ? <strong>{bracketed}</strong> : bracketed;
  if (paper === undefined || column.kind === "printed" || column.kind === "words")
    return { shown, value: text ?? mean };
  const below = (
    <>
      {paper === null ? "paper: lost" : `paper ${shownNumber({ mean: paper.mean, std: paper.std }, column)}`}
      {verdict !== undefined && verdict !== "lost" && <VerdictSign verdict={verdict} />}
    </>
  );
  return { shown, value: text ?? mean, below };
}

const SIGNS = { match: "=", above: "▲", below: "▼" } as const;

const VerdictSign = ({ verdict }: { verdict: keyof typeof SIGNS }): VNode => (
  <span class={`sign ${verdict}`}>
    <span aria-hidden="true"> {SIGNS[verdict]}</span>
    <span class="unseen">, ours {verdict === "match" ? "matches" : `is ${verdict}`}</span>
  </span>
);

function shownNumber({ mean, std }: Pick<PaperCell, "mean" | "std">, { decimals }: PaperColumn): string {
  if (mean === undefined) return "-";
  if (!Number.isFinite(mean)) return "diverged";
  return mean.toFixed(decimals) + (std === undefined ? "" : ` ± ${std.toFixed(decimals)}`);
}

/** The paper's names of a panel. */
const printedName = (id: string): { table: string; panel: string } | undefined =>
  isPanelId(id) ? PANELS[id].printed : undefined;

const keyOf = ({ table, panel, row, column }: Pick<CellComparison, "table" | "panel" | "row" | "column">): string =>
  JSON.stringify([table, panel, row, column]);
