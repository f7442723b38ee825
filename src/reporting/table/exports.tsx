import type { ComponentChildren, VNode } from "preact";
import { renderToString } from "preact-render-to-string";
import { csv } from "./csv.js";
import { FORMATS } from "./formats.js";
import type { PageTableProps, TableTexts } from "./page-table.js";
import { numberCell, rowOf, wordCell, type Table } from "./table.js";

export const textsOf = (table: Table): TableTexts => ({
  csv: FORMATS.csv([table]),
  latex: FORMATS.latex([table]),
  markdown: FORMATS.markdown([table]),
});

/** The same of what a page shows in rows, its cells as the page's words. */
export function textsOfPage({ id, caption, columns, rows, notes = [] }: PageTableProps): TableTexts {
  const [first, ...others] = columns.map(({ title }) => title) as [string, ...string[]];
  const words = rows.map(({ cells }) => cells.map(({ shown }) => plainText(shown)));
  const table: Table = {
    id,
    caption: plainText(caption),
    rowName: first,
    layout: "list",
    columns: others.map((title, i) => ({
      id: title,
      title,
      kind: columns[i + 1]!.numeric === true ? "measured" : "words",
      decimals: 0,
    })),
    rows: words.map(([name = "", ...texts]) =>
      rowOf(
        name,
        name,
        texts.map((text, i) => (columns[i + 1]!.numeric === true ? numberCell(undefined, text) : wordCell(text))),
      ),
    ),
    marks: [],
    notes: notes.map(({ text }) => text),
  };
  const values = rows.map(({ cells }, r) =>
    cells.map(({ value }, i) => (typeof value === "number" ? value : words[r]![i]!)),
  );
  return {
    csv: csv([[first, ...others], ...values]),
    latex: FORMATS.latex([table]),
    markdown: FORMATS.markdown([table]),
  };
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
  "&amp;": "&",
};

/** What is read of an element. */
const plainText = (children: ComponentChildren): string =>
  typeof children === "string" || typeof children === "number"
    ? String(children)
    : renderToString((<>{children}</>) as VNode)
        .replaceAll(/<[^>]*>/g, " ")
        .replaceAll(/&(?:lt|gt|quot|#39|amp);/g, (entity) => ENTITIES[entity]!)
        .replaceAll(/\s+/g, " ")
        .trim();

/** Texts on the page for its scripts; no text in them ends the element. */
export const Texts = ({ texts }: { texts: object }): VNode => (
  <script
    type="application/json"
    class="texts"
    dangerouslySetInnerHTML={{ __html: JSON.stringify(texts).replaceAll("<", "\\u003c") }}
  />
);
