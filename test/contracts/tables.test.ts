import { parse } from "csv-parse/sync";
import { h } from "preact";
import { renderToString } from "preact-render-to-string";
import { describe, expect, test } from "vitest";
import { compareCells } from "../../src/reporting/paper/cells.js";
import { cellTable, claimTable } from "../../src/reporting/paper/tables.js";
import { judgeClaims } from "../../src/reporting/paper/verdicts.js";
import { compareWithBaseline } from "../../src/reporting/compare/baseline.js";
import { statisticsTables } from "../../src/reporting/compare/baseline-tables.js";
import { FORMATS, type TableFormat } from "../../src/reporting/table/formats.js";
import { TableView } from "../../src/reporting/table/html.js";
import { tableJson } from "../../src/reporting/table/json.js";
import { mark, numberCell, rowOf, wordCell, type Cell, type Table } from "../../src/reporting/table/table.js";
import { makeTable, tablesOf } from "../../src/reporting/tables/make-table.js";
import { resultTable } from "../../src/reporting/tables/result-table.js";
import { METRICS, measureTrials } from "../../src/reporting/measured/trials.js";
import { fixtureEvidence } from "../reporting/fixtures.js";

const evidence = fixtureEvidence();
const results = evidence.experiments.flatMap((one) =>
  Object.values(METRICS).map((metric) => measureTrials(one, metric)),
);
const comparisons = results.map(compareWithBaseline);
const tested = statisticsTables(comparisons.find(({ overall }) => overall.length > 0)!);
const ranked = statisticsTables(comparisons.find(({ ranks }) => ranks.meanRanks.length > 0)!);

/** Every kind of table that there is, by what it is called. */
const all: Readonly<Record<string, readonly Table[]>> = {
  ...Object.fromEntries(Object.keys(tablesOf(evidence.studies)).map((id) => [id, makeTable(evidence, id).panels])),
  ...Object.fromEntries(results.map((one) => resultTable(one)).map((table) => [table.id, [table]])),
  comparison: [tested.overall, tested.byColumn],
  intervals: [tested.intervals],
  ranks: [ranked.ranks],
  claims: [claimTable(judgeClaims(evidence))],
  vs_paper: [cellTable(compareCells(evidence))],
};
const kinds = Object.entries(all);
const tables = kinds.flatMap(([, held]) => held);

const html = (table: Table): string => renderToString(h(TableView, { table }));
const WRITERS: Readonly<Record<TableFormat | "json" | "html", (table: Table) => string>> = {
  text: (table) => FORMATS.text([table]),
  csv: (table) => FORMATS.csv([table]),
  markdown: (table) => FORMATS.markdown([table]),
  latex: (table) => FORMATS.latex([table]),
  json: (table) => JSON.stringify(tableJson(table)),
  html,
};

/** Text as a format has it: letters and digits alone. */
const plain = (text: string): string =>
  text.replace(/\\(textless|textgreater|textbar|textbackslash|times|pm|circ|ldots)|&[a-z]+;/g, "").replace(/\W/g, "");

test("there are tables of all kinds, with rows", () => {
  for (const [name, held] of kinds) {
    expect(held.length, name).toBeGreaterThan(0);
    for (const table of held) expect(table.rows.length, table.id).toBeGreaterThan(0);
  }
});

describe.each(tables.map((table) => [table.id, table] as const))("%s", (_id, table) => {
  test("has a cell per column, and names that are unique", () => {
    for (const { id, cells } of table.rows) expect(cells.length, id).toBe(table.columns.length);
    const ids = table.columns.map(({ id, only }) => `${id} ${only}`);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test.each(Object.entries(WRITERS))("in %s: nothing undefined", (format, write) => {
    const text = write(table);
    expect(text).not.toMatch(/\bundefined\b|\[object|\bnull\b.*±/);
    if (format !== "csv") expect(text).not.toMatch(/\bNaN\b/);
  });

  test.each(["text", "markdown", "latex", "html"] as const)("in %s: caption, headings, rows and notes", (format) => {
    const text = plain(WRITERS[format](table));
    const { caption, columns, rows, marks, definition = "", notes = [] } = table;
    const shownRows = rows.filter(({ only }) => only === undefined);
    const title = format === "latex" ? caption.replace(/^Table /, "The paper's Table ") : caption;
    const said = [title, definition, ...notes, ...marks.map((one) => one.text.slice(1))];
    const cellMarks = shownRows.flatMap((row) => [row, ...row.cells]).flatMap((one) => one.marks);
    const headings = columns.filter(({ only }) => only !== "machines").map(({ title }) => title.slice(1));
    for (const part of [
      ...said,
      ...headings,
      ...cellMarks.map((one) => one.text),
      ...shownRows.map((row) => row.title),
    ])
      expect(text).toContain(plain(part.replace(/[±×°…<>|\\~^&]/g, "")));
  });

  test("in csv: every number and word again", () => {
    const [heading, ...rows] = parse(FORMATS.csv([table])) as [string[], ...string[][]];
    expect(new Set(heading).size).toBe(heading.length);
    const from = table.namesExperiment === true ? 2 : 1;
    const expected = table.rows.map(({ cells }) =>
      table.columns.flatMap(({ only, spread }, i) => (only === "people" ? [] : valuesOf(cells[i]!, spread))),
    );
    expect(rows.map((row) => row.slice(from, -1))).toEqual(expected);
    for (const [i, { id }] of table.rows.entries()) expect(rows[i]![from - 1]).toBe(id + (table.suffix ?? ""));
  });

  test("in json: every cell with the runs behind it", () => {
    const read = JSON.parse(WRITERS.json(table)) as { rows: { cells: Record<string, { n: number }> }[] };
    for (const [r, { cells }] of table.rows.entries())
      for (const [i, { id, only }] of table.columns.entries()) {
        if (only !== undefined) continue;
        const behind = cells[i]!.samples.filter(({ value }) => value !== undefined).length;
        expect(read.rows[r]!.cells[id]!.n).toBe(behind);
      }
  });
});

/** What a CSV file has of a cell. */
function valuesOf({ mean, std, text }: Cell, spread: string | undefined): string[] {
  if (text !== undefined) return [text];
  return [mean, ...(spread === undefined ? [] : [std])].map((value) => (value === undefined ? "" : String(value)));
}

describe("text that a format could take for its own", () => {
  const ODD = `a|b*c_d\\e <script>alert("1")</script> 50% & $x$ #1 {y} ~ ^`;
  const table: Table = {
    id: "odd",
    caption: `Caption ${ODD}`,
    rowName: "method",
    columns: [{ id: "words", title: `Title ${ODD}`, kind: "words", decimals: 0 }],
    rows: [{ ...rowOf("odd", `Row ${ODD}`, [{ ...wordCell(ODD), marks: [mark("not-run", `Mark ${ODD}`)] }]) }],
    marks: [mark("reduced", `All ${ODD}`)],
    definition: `Definition ${ODD}`,
  };

  test("is escaped in LaTeX", () => {
    const latex = FORMATS.latex([table]);
    const body = latex.slice(latex.indexOf("\\caption"));
    expect(body).not.toMatch(/(?<!\\)[%#]|(?<![\\ ])[&_]|<|>/);
    expect(body.match(/50\\% \\& \\\$x\\\$ \\#1 \\\{y\\\} \\~\{\} \\\^\{\}/g)).toHaveLength(7);
    for (const line of body.split("\n").filter((one) => one.endsWith("\\\\")))
      expect(line.split(/(?<!\\)&/)).toHaveLength(2);
  });

  test("is escaped in HTML", () => {
    const page = html(table);
    // What is copied lies in the page as JSON, in which "<" is written otherwise.
    expect(page.replace(/<script type="application\/json" class="texts">[^<]*<\/script>/, "")).not.toContain("<script");
    expect(page.match(/&lt;script>/g)!.length).toBeGreaterThanOrEqual(6);
  });

  test("is escaped in Markdown", () => {
    const rows = FORMATS.markdown([table])
      .split("\n")
      .filter((line) => line.startsWith("| "));
    for (const row of rows) expect(row.split(/(?<!\\)\|/)).toHaveLength(4);
    expect(FORMATS.markdown([table])).not.toMatch(/(?<!\\)<script|(?<!\\)[*_](?!\*)[cd]/);
  });

  test("is quoted in CSV", () => {
    expect(parse(FORMATS.csv([table]))).toEqual([
      ["method", "words", "numerics"],
      ["odd", ODD, ""],
    ]);
  });
});

test("people and machines see what is theirs; what is left out of one is in the other", () => {
  const column = { kind: "measured", decimals: 1 } as const;
  const table: Table = {
    id: "both",
    caption: "",
    rowName: "run",
    columns: [
      { ...column, id: "exact", title: "exact", only: "machines" },
      { ...column, id: "read", title: "read", only: "people" },
    ],
    rows: [
      rowOf("a", "A", [numberCell(0.12345), numberCell(0.12345)]),
      { ...rowOf("b", "B", [numberCell(2), numberCell(2)], 1), only: "machines" },
    ],
    marks: [],
  };
  expect(FORMATS.csv([table])).toBe("run,exact,numerics\na,0.12345,\nb,2,1\n");
  expect(FORMATS.text([table])).toBe("run  read\n---  ----\nA     0.1\n");
  expect(html(table)).not.toContain("B");
});
