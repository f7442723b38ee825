import { counted } from "../../../core/wording.js";
import type { VNode } from "preact";
import type { Evidence, StudyShow } from "../../study-show.js";
import { compareCells, type CellComparison } from "../../paper/cells.js";
import { slipsOf } from "../../paper/slips.js";
import { TableView } from "../../table/html.js";
import { shownNumber } from "../../table/shown.js";
import type { Table } from "../../table/table.js";
import { commandsThatMake, hasNumbers, makeTable, tablesOf, type MadeTable } from "../../tables/make-table.js";
import { isPanelId, PANELS } from "../../tables/registry.js";
import { Section } from "../elements.js";

/** Every table of the paper and its figures, with or without numbers. */
export const paperTables = (evidence: Evidence): MadeTable[] =>
  Object.entries(tablesOf(evidence.studies))
    .filter(([, { title }]) => title !== undefined)
    .map(([id]) => makeTable(evidence, id));

/** Headings of the tables that have numbers. */
export const tableTitles = ({ studies }: Evidence, tables: readonly MadeTable[]): { id: string; title: string }[] =>
  tables.filter(hasNumbers).map(({ id }) => ({ id, title: titleOfTable(id, studies) }));

/** The paper's tables with its numbers beside ours. */
export function PaperTables({ evidence, tables }: { evidence: Evidence; tables: readonly MadeTable[] }): VNode {
  const comparisons = new Map(compareCells(evidence).map((one) => [keyOf(one), one]));
  const { studies } = evidence;
  const absent = tables.filter((table) => !hasNumbers(table));
  return (
    <Section id="tables" title="The paper's tables">
      {tables.filter(hasNumbers).map((table) => (
        <PaperTableParts title={titleOfTable(table.id, studies)} table={table} comparisons={comparisons} />
      ))}
      {absent.length > 0 && (
        <details id="tables-not-run">
          <summary>{counted(absent.length, "table")} without records</summary>
          <ul>
            {absent.map(({ id }) => (
              <li>
                {titleOfTable(id, studies)}: <code>{commandsThatMake(id, studies)}</code>
              </li>
            ))}
          </ul>
        </details>
      )}
    </Section>
  );
}

const titleOfTable = (id: string, studies: readonly StudyShow[]): string => tablesOf(studies)[id]!.title!;

type Comparisons = ReadonlyMap<string, CellComparison>;

function PaperTableParts({
  title,
  table,
  comparisons,
}: {
  title: string;
  table: MadeTable;
  comparisons: Comparisons;
}): VNode {
  return (
    <>
      <h3 id={table.id}>{title}</h3>
      {table.panels.map((panel) =>
        hasNumbers({ ...table, panels: [panel] }) ? (
          <Panel id={`${table.id}-${panel.id}`} panel={withoutPrinted(panel)} comparisons={comparisons} />
        ) : (
          <p class="quiet" id={`${table.id}-${panel.id}`}>
            {panel.caption} No records here.
          </p>
        ),
      )}
    </>
  );
}

/** A panel without the columns that repeat what the page prints below our numbers; what marks them goes there too. */
function withoutPrinted(panel: Table): Table {
  const { columns, rows } = panel;
  const repeats = columns.map((printed, i) =>
    printed.kind === "printed"
      ? columns.findIndex(
          ({ kind }, other) =>
            kind !== "printed" &&
            rows.every(({ cells }) => cells[i]!.mean === undefined || cells[other]!.paper?.mean === cells[i]!.mean),
        )
      : -1,
  );
  const places = columns.flatMap((_column, i) => (repeats[i]! < 0 ? [i] : []));
  return {
    ...panel,
    columns: places.map((i) => columns[i]!),
    rows: rows.map((row) => ({
      ...row,
      cells: places.map((i) => ({
        ...row.cells[i]!,
        marks: [
          ...row.cells[i]!.marks,
          ...row.cells.flatMap(({ marks }, other) => (repeats[other] === i ? marks : [])),
        ],
      })),
    })),
  };
}

/** What the paper prints of a panel, to be set below ours. */
function Panel({ id, panel, comparisons }: { id: string; panel: Table; comparisons: Comparisons }): VNode {
  const name = isPanelId(panel.id) ? PANELS[panel.id].printed : undefined;
  const slips = name === undefined ? [] : slipsOf(`${name.table}.${name.panel}`);
  return (
    <TableView
      id={id}
      table={panel}
      notes={slips.map(({ text }) => ({ text: `Of the paper: ${text}` }))}
      below={(row, column, { paper }) => {
        if (paper === undefined || column.kind === "printed" || column.kind === "words") return undefined;
        const verdict = name && comparisons.get(keyOf({ ...name, row: row.id, column: column.id }))?.verdict;
        return (
          <>
            {paper === null ? "paper: lost" : `paper ${shownNumber(paper, column.decimals)}`}
            {verdict !== undefined && verdict !== "lost" && <VerdictSign verdict={verdict} />}
          </>
        );
      }}
    />
  );
}

const SIGNS = { match: "=", above: "▲", below: "▼" } as const;

const VerdictSign = ({ verdict }: { verdict: keyof typeof SIGNS }): VNode => (
  <span class={`sign ${verdict}`}>
    <span aria-hidden="true"> {SIGNS[verdict]}</span>
    <span class="unseen">, ours {verdict === "match" ? "matches" : `is ${verdict}`}</span>
  </span>
);

const keyOf = ({ table, panel, row, column }: Pick<CellComparison, "table" | "panel" | "row" | "column">): string =>
  JSON.stringify([table, panel, row, column]);
