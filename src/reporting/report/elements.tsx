import { earlierNote } from "../../records/numerics.js";
import { letter } from "../table/letter.js";
import type { ComponentChildren, VNode } from "preact";

/** A column of a table. Numeric ones are aligned to the right and begin with their largest value when sorted; wide ones
 *  hold sentences. */
export interface Column {
  readonly title: string;
  readonly numeric?: boolean;
  readonly wide?: boolean;
}

/** A cell: what is shown, what it is sorted by, and the letters of the notes under the table that belong to it. */
export interface Cell {
  readonly shown: ComponentChildren;
  readonly value?: number | string | undefined;
  readonly letters?: readonly string[];
  /** A second line. */
  readonly below?: ComponentChildren;
}

/** A note under a table; cells refer to it by its letter. */
export interface Note {
  readonly letter?: string;
  readonly text: string;
}

export interface Row {
  /** Rows of a method can be filtered. */
  readonly method?: string;
  readonly cells: readonly Cell[];
}

interface TableProps {
  readonly id: string;
  readonly caption: ComponentChildren;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** Under the table. */
  readonly notes?: readonly Note[];
}

/** A table that is sorted by its headings; its first column heads the rows. */
export function DataTable({ id, caption, columns, rows, notes = [] }: TableProps): VNode {
  return (
    <figure class="table" id={id}>
      <figcaption id={`${id}-caption`}>{caption}</figcaption>
      <div class="scroll" tabIndex={0} role="region" aria-labelledby={`${id}-caption`}>
        <table
          class={columns.some(({ wide }) => wide) ? "sortable stacked" : "sortable"}
          aria-labelledby={`${id}-caption`}
        >
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
                  <DataCell {...cell} heads={i === 0} column={columns[i]!} />
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
    </figure>
  );
}

function DataCell({
  shown,
  value,
  letters = [],
  below,
  heads,
  column,
}: Cell & { heads: boolean; column: Column }): VNode {
  const content = (
    <>
      {shown}
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

const classOf = ({ numeric, wide }: Column): string | undefined =>
  numeric === true ? "number" : wide === true ? "wide" : undefined;

/** Letters for notes that cells share, and the notes themselves. */
export function lettered(texts: readonly string[]): {
  lettersOf: (texts: readonly string[]) => string[];
  notes: Note[];
} {
  const distinct = [...new Set(texts)];
  const letters = new Map(distinct.map((text, i) => [text, letter(i)]));
  return {
    lettersOf: (own) => [...new Set(own.flatMap((text) => letters.get(text) ?? []))],
    notes: distinct.map((text) => ({ letter: letters.get(text)!, text })),
  };
}

/** What to know of numbers that were made with earlier numerics, each note once. */
export const notesOf = (numerics: readonly number[]): Note[] =>
  [...new Set(numerics)].flatMap((one) => {
    const text = earlierNote(one);
    return text === undefined ? [] : [{ text: capitalised(text) }];
  });

/** A word with a sign of its own, so that colour is not all that tells it from others. */
export function Badge({ kind, sign, children }: { kind: string; sign: string; children: ComponentChildren }): VNode {
  return (
    <span class={`badge ${kind}`}>
      <span aria-hidden="true">{sign} </span>
      {children}
    </span>
  );
}

/** One number with its name. */
export function Fact({ name, children }: { name: string; children: ComponentChildren }): VNode {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A part of the page with its heading. */
export function Section({ id, title, children }: { id: string; title: string; children: ComponentChildren }): VNode {
  return (
    <section id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      {children}
    </section>
  );
}

export const capitalised = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
