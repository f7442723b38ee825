import { earlierNote, NUMERICS } from "../../records/numerics.js";
import { earlierMark } from "../numerics.js";
import { type CellComparison, compareCells } from "./cells.js";
import { shortP, type ClaimVerdict, judgeClaims } from "./verdicts.js";
import { columnTitle, methodTitle } from "./printed.js";
import { slipsOf, paperResults } from "./paper-results.js";
import { FORMATS } from "../table/formats.js";
import { numberCell, rowOf, wordCell, type Column, type Row, type Table } from "../table/table.js";
import { tableCsv } from "../table/csv.js";
import type { Evidence, Experiment } from "../evidence.js";
import { openAnalysisStore } from "../../records/analysis-store.js";

type ListFormat = "text" | "markdown" | "csv";

const words = (id: string, title: string, only?: Column["only"]): Column => ({
  id,
  title,
  kind: "words",
  decimals: 0,
  ...(only !== undefined && { only }),
});
const numbers = (id: string, title: string, more: Pick<Column, "spread"> = {}): Column => ({
  id,
  title,
  kind: "measured",
  decimals: 2,
  ...more,
});

/** `claims.csv` and the claims as a list: the predicate as JSON, evidence as run ids apart by blanks; p is of the side that
 *  decided; `reason` also says which preset is missing. */
export function claimTable(verdicts: readonly ClaimVerdict[]): Table {
  return {
    id: "claims",
    caption: "",
    rowName: "claim",
    layout: "list",
    columns: [
      words("statement", "statement"),
      words("predicate", "predicate", "machines"),
      words("printed", "printed", "people"),
      words("verdict", "ours"),
      numbers("p", "p"),
      words("printed_verdict", "printed verdict", "machines"),
      words("evidence", "evidence", "machines"),
      words("reason", "why"),
      words("known", "known of the paper", "people"),
    ],
    rows: verdicts.map(({ claim, verdict, p, evidence, reason, numerics }) => {
      const known = slipsOf(claim.id).map(({ text }) => text);
      const cells = [
        ...[claim.statement, JSON.stringify(claim.predicate), printedWord(claim.printed), verdict].map((text) =>
          wordCell(text),
        ),
        numberCell(p, p === undefined ? "" : shortP(p)),
        ...[String(claim.printed), evidence.join(" "), reason, known.join(" ")].map((text) => wordCell(text)),
      ];
      return rowOf(claim.id, claim.id, cells, numerics);
    }),
    marks: [],
  };
}

/** `<table>_vs_paper.csv` and the same as a list: a row per printed number; `method` is a dataset in the table of datasets.
 *  What was not run is left out for people, and counted. */
export function cellTable(cells: readonly CellComparison[]): Table {
  const shown = cells.filter(isShown);
  const tables = [...new Set(shown.map(({ table, panel }) => `${table}.${panel}`))];
  const earlier = new Set(shown.flatMap(({ numerics = NUMERICS }) => earlierNote(numerics) ?? []));
  const slips = new Set(tables.flatMap((id) => slipsOf(id)));
  const absent = cells.length - shown.length;
  const rest = `${absent} printed number${absent === 1 ? " has" : "s have"} none of ours beside them.`;
  return {
    id: "vs_paper",
    caption: "",
    rowName: "table",
    layout: "list",
    columns: [
      words("panel", "panel", "machines"),
      words("method", "row"),
      words("column", "column"),
      numbers("paper", "paper", { spread: "std" }),
      numbers("ours", "ours", { spread: "std" }),
      numbers("n", "n"),
      numbers("diff", "difference"),
      words("cell_verdict", "verdict"),
    ],
    rows: cells.map(cellRow),
    marks: [],
    notes: [
      ...[...slips].map(({ text }) => `Note: ${text}`),
      ...[...earlier].map((note) => `Note: ${note}.`),
      ...(absent > 0 ? [rest] : []),
    ],
  };
}

const isShown = ({ ours, why }: CellComparison): boolean => ours !== undefined || why?.endsWith("not run") !== true;

function cellRow(comparison: CellComparison): Row {
  const { table, panel, row, column, paper, ours, verdict, why, numerics } = comparison;
  const difference = paper && ours && ours.mean - paper.mean;
  const cells = [
    wordCell(panel),
    wordCell(row, methodTitle(row)),
    wordCell(column, columnTitle(column)),
    { ...numberCell(paper?.mean, paper === undefined ? "lost" : number(paper)), std: paper?.std },
    { ...numberCell(ours?.mean, ours === undefined ? "-" : number(ours)), std: ours?.std },
    numberCell(ours?.n, String(ours?.n ?? "")),
    numberCell(difference, difference === undefined ? "" : signed(difference)),
    wordCell(verdict ?? "", (verdict ?? `none: ${why}`) + earlierMark(numerics ?? NUMERICS)),
  ];
  return {
    ...rowOf(table, panel === "main" ? table : `${table} ${panel}`, cells, numerics),
    ...(!isShown(comparison) && { only: "machines" }),
  };
}

/** Claims with verdicts and reasons, and what is known of the paper's own numbers. */
export function renderClaims(verdicts: readonly ClaimVerdict[], format: ListFormat): string {
  if (format !== "text") return FORMATS[format]([claimTable(verdicts)]);
  const blocks = verdicts.map(({ claim, verdict, reason }) =>
    [
      `${claim.id.padEnd(5)} ${verdict.toUpperCase()}: ${claim.statement}`,
      ...wrapped(`Paper's own numbers: ${printedWord(claim.printed)}. ${reason}`),
      ...slipsOf(claim.id).flatMap(({ text }) => wrapped(`Note: ${text}`)),
    ].join("\n"),
  );
  return `${[...blocks, tally(verdicts)].join("\n\n")}\n`;
}

const printedWord = (printed: ClaimVerdict["claim"]["printed"]): string =>
  ({ true: "support it", false: "do not support it", partial: "support it as far as they are known", unknown: "none" })[
    String(printed) as "true" | "false" | "partial" | "unknown"
  ];

/** "24 claims: 3 reproduced, 1 leaning, 20 not run". */
function tally(verdicts: readonly ClaimVerdict[]): string {
  const kinds = [...new Set(verdicts.map(({ verdict }) => verdict))];
  const counts = kinds.map((kind) => `${verdicts.filter(({ verdict }) => verdict === kind).length} ${kind}`);
  return `${verdicts.length} claims: ${counts.join(", ")}`;
}

/** Printed numbers beside ours. Those that were not run are counted, not listed, except as CSV. */
export function renderCells(cells: readonly CellComparison[], format: ListFormat): string {
  const table = cellTable(cells);
  if (format !== "text") return FORMATS[format]([table]);
  return FORMATS.text([{ ...table, notes: table.notes!.flatMap((note) => wrapped(note, "")) }]);
}

const number = ({ mean, std }: { mean: number; std?: number }): string =>
  short(mean) + (std === undefined ? "" : ` ± ${short(std)}`);
const signed = (value: number): string => (value > 0 ? "+" : "") + short(value);

/** Counts whole, other numbers with two decimals or, when small, two digits. */
function short(value: number): string {
  if (Number.isInteger(value) || !Number.isFinite(value)) return String(value);
  return Math.abs(value) >= 0.1 ? value.toFixed(2) : String(Number(value.toPrecision(2)));
}

/** Lines of at most 110 characters, set in. */
function wrapped(text: string, indent = "      "): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length + 1 > 110) {
      lines.push(indent + line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, indent + line];
}

/** What `claims.csv` and `<table>_vs_paper.csv` of an experiment's folder hold, by name, from that folder alone; empty where
 *  the experiment is none of the paper's. */
export function paperFiles(experiment: Experiment): Record<string, string> {
  const { experiment: id } = experiment.plan.config;
  if (typeof id !== "string" || !Object.hasOwn(paperResults().compared, id)) return {};
  const evidence = evidenceOf(experiment);
  const cells = compareCells(evidence, id);
  const tables = [...new Set(cells.map(nameOf))].map((name) => [
    `${name}_vs_paper.csv`,
    tableCsv([cellTable(cells.filter((cell) => nameOf(cell) === name))]),
  ]);
  // Analyses of trained models lie with the runs, and decide claims of other experiments.
  const verdicts = judgeClaims(evidence).filter(
    ({ claim, verdict }) => claim.experiment === id || verdict !== "not run",
  );
  return {
    "claims.csv": tableCsv([claimTable(verdicts)]),
    ...(Object.fromEntries(tables) as Record<string, string>),
  };
}

/** An experiment's runs and analyses, and nothing else. */
function evidenceOf(experiment: Experiment): Evidence {
  const store = openAnalysisStore(experiment.store.folder);
  const analyses = store.list().map((id) => ({ store, record: store.read(id) }));
  return { results: experiment.store.folder, experiments: [experiment], analyses };
}

/** A printed table's name, with its panel's where the panels are of several experiments: "table1_top", "table8". */
function nameOf({ table, panel }: CellComparison): string {
  const held = paperResults().tables.find(({ id }) => id === table);
  return held !== undefined && held.experiments.length > 1 ? `${table}_${panel}` : table;
}
