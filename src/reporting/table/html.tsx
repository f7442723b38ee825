import type { ComponentChildren, VNode } from "preact";
import { textsOf, textsOfPage, Texts } from "./exports.js";
import { capitalised, notesOf } from "./notes.js";
import type { PageCell, PageColumn, PageNote, PageTableProps } from "./page-table.js";
import { shownCell, shownTable } from "./shown.js";
import type { Cell, Column, Row, Table } from "./table.js";

interface TableViewProps {
  readonly table: Table;
  /** Of the element, where it is not the table's. */
  readonly id?: string;
  readonly caption?: string;
  /** Whether the best of a column stands out. */
  readonly withBest?: boolean;
  /** Below the table's own. */
  readonly notes?: readonly PageNote[];
  /** A second line of a cell. */
  readonly below?: (row: Row, column: Column, cell: Cell) => ComponentChildren;
}

/** A table on a page: sorted by its headings, its marks lettered below it. */
export function TableView({ table, withBest = true, notes = [], below, ...own }: TableViewProps): VNode {
  const { id = table.id, caption = table.caption } = own;
  const { columns, rows } = shownTable(table);
  const { shared, letterOf, lettersOf } = notesOf(table);
  const pageCell = (row: Row, cell: Cell & { readonly best: boolean }, column: Column): PageCell => {
    const shown = shownCell(cell, column);
    return {
      shown: withBest && cell.best ? <strong>{shown}</strong> : shown,
      value: table.layout === "list" ? cell.mean : (cell.text ?? cell.mean),
      letters: lettersOf(cell),
      below: below?.(row, column, cell),
      runs: cell.samples.map(({ id }) => id),
    };
  };
  return (
    <PageTable
      id={id}
      caption={caption}
      texts={textsOf(table)}
      columns={[
        { title: capitalised(table.rowName) },
        ...columns.map(({ title, heading = capitalised(title), kind }) => ({
          title: heading,
          numeric: kind !== "words",
        })),
      ]}
      rows={rows.map(({ row, cells }) => ({
        ...(table.rowName === "method" && { method: row.id }),
        cells: [
          { shown: row.title, letters: lettersOf(row) },
          ...cells.map((cell, i) => pageCell(row, cell, columns[i]!)),
        ],
      }))}
      notes={[
        ...[...letterOf].map(([text, letter]) => ({ letter, text })),
        ...[...table.marks.map(({ text }) => text), ...shared].map((text) => ({ text: capitalised(text) })),
        ...[...(table.definition === undefined ? [] : [table.definition]), ...(table.notes ?? [])].map((text) => ({
          text,
        })),
        ...notes,
      ]}
    />
  );
}

/** What a page shows in rows; its first column heads them. */
export function PageTable({ texts, ...table }: PageTableProps): VNode {
  const { id, caption, columns, rows, notes = [] } = table;
  return (
    <figure class="table" id={id}>
      <figcaption id={`${id}-caption`}>{caption}</figcaption>
      <div class="scroll" tabIndex={0} role="region" aria-labelledby={`${id}-caption`}>
        <table class="sortable" aria-labelledby={`${id}-caption`}>
          <thead>
            <tr>
              {columns.map((column) => (
                <th scope="col" class={classOf(column)}>
                  {column.title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ method, cells }) => (
              <tr data-method={method}>
                {cells.map((cell, i) => (
                  <PageTableCell {...cell} heads={i === 0} column={columns[i]!} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {notes.length > 0 && (
        <ul class="notes">
          {notes.map(({ letter, text }) => (
            <li>
              {letter !== undefined && <sup>{letter}</sup>} {text}
            </li>
          ))}
        </ul>
      )}
      <Texts texts={texts ?? textsOfPage(table)} />
    </figure>
  );
}

function PageTableCell({
  shown,
  value,
  letters = [],
  below,
  runs = [],
  heads,
  column,
}: PageCell & { heads: boolean; column: PageColumn }): VNode {
  const content = (
    <>
      {runs.length === 0 ? shown : <RunsLink runs={runs}>{shown}</RunsLink>}
      {letters.length > 0 && <sup>{letters.join(",")}</sup>}
      {below !== undefined && <span class="printed">{below}</span>}
    </>
  );
  const sorted = value === undefined && column.numeric !== true ? {} : { "data-value": String(value ?? "") };
  return heads ? (
    <th scope="row" class={classOf(column)} {...sorted}>
      {content}
    </th>
  ) : (
    <td class={classOf(column)} data-heading={column.title} {...sorted}>
      {content}
    </td>
  );
}

/** Leads to the runs behind something. */
export const RunsLink = ({ runs, children }: { runs: readonly string[]; children: ComponentChildren }): VNode => (
  <a class="runs" href={`#runs=${[...new Set(runs)].join(",")}`}>
    {children}
  </a>
);

const classOf = ({ numeric, wide }: PageColumn): string | undefined =>
  numeric === true ? "number" : wide === true ? "wide" : undefined;
