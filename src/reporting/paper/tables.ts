import { wrapped } from "../../core/columns.js";
import { earlierNote, NUMERICS } from "../../records/numerics.js";
import { earlierMark } from "../numerics.js";
import type { CellComparison } from "./cells.js";
import { shortP } from "./reasons.js";
import { methodTitle } from "../method-title.js";
import { columnTitle } from "./titles.js";
import { slipsOf } from "./slips.js";
import { verdictWords, type ClaimVerdict } from "./judged.js";
import { FORMATS } from "../table/formats.js";
import {
  numberCell,
  numberColumn,
  rowOf,
  wordCell,
  wordColumn,
  type Column,
  type Row,
  type Table,
} from "../table/table.js";

type ListFormat = "text" | "markdown" | "csv";

/** Columns that sentences take at most, and what sets them in. */
const WIDTH = 116;
const INDENT = " ".repeat(6);

const numbers = (id: string, title: string, more: Partial<Column> = {}): Column => numberColumn(id, title, 2, more);

/** `claims.csv` and the claims as a list: the predicate as JSON, evidence as run ids apart by blanks; p is of the side that
 *  decided; `reason` also says which preset is missing. */
export function claimTable(verdicts: readonly ClaimVerdict[]): Table {
  return {
    id: "claims",
    caption: "",
    rowName: "claim",
    layout: "list",
    columns: [
      wordColumn("statement", "statement"),
      wordColumn("predicate", "predicate", { only: "machines" }),
      wordColumn("printed", "printed", { only: "people" }),
      wordColumn("verdict", "ours"),
      numbers("p", "p"),
      wordColumn("printed_verdict", "printed verdict", { only: "machines" }),
      wordColumn("evidence", "evidence", { only: "machines" }),
      wordColumn("reason", "why"),
      wordColumn("known", "known of the paper", { only: "people" }),
    ],
    rows: verdicts.map(({ claim, verdict, preset, p, evidence, reason, numerics }) => {
      const known = slipsOf(claim.id).map(({ text }) => text);
      const cells = [
        ...[claim.statement, JSON.stringify(claim.predicate), printedWord(claim.printed)].map((text) => wordCell(text)),
        wordCell(verdict, verdictWords({ verdict, preset })),
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
      wordColumn("panel", "panel", { only: "machines" }),
      wordColumn("method", "row"),
      wordColumn("column", "column"),
      numbers("paper", "paper", { spread: "std" }),
      numbers("ours", "ours", { spread: "std" }),
      numbers("n", "n"),
      numbers("diff", "difference"),
      wordColumn("cell_verdict", "verdict"),
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
    numberCell(difference, difference === undefined ? "" : signed(difference, ours!.std === undefined)),
    wordCell(verdict ?? "", (verdict ?? `none: ${why}`) + earlierMark(numerics ?? NUMERICS)),
  ];
  return {
    ...rowOf(table, panel === "main" ? table : `${table} ${panel}`, cells, numerics),
    ...(!isShown(comparison) && { only: "machines" }),
  };
}

/** Claims with verdicts and reasons, and what is known of the paper's own numbers. @param width of the terminal. */
export function renderClaims(verdicts: readonly ClaimVerdict[], format: ListFormat, width = Infinity): string {
  const said = (text: string): string[] => wrapped(INDENT + text, Math.min(width, WIDTH), INDENT);
  if (format !== "text") return FORMATS[format]([claimTable(verdicts)]);
  const blocks = verdicts.map(({ claim, verdict, preset, reason }) =>
    [
      ...wrapped(`${claim.id.padEnd(5)} ${headOf({ verdict, preset })}: ${claim.statement}`, width, INDENT),
      ...said(`Paper's own numbers: ${printedWord(claim.printed)}. ${reason}`),
      ...slipsOf(claim.id).flatMap(({ text }) => said(`Note: ${text}`)),
    ].join("\n"),
  );
  return `${[...blocks, tally(verdicts)].join("\n\n")}\n`;
}

/** Verdicts stand out; what decides nothing does not. */
const headOf = (judged: Pick<ClaimVerdict, "verdict" | "preset">): string =>
  judged.verdict.startsWith("direction only") ? verdictWords(judged) : judged.verdict.toUpperCase();

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
export function renderCells(cells: readonly CellComparison[], format: ListFormat, width?: number): string {
  const table = cellTable(cells);
  if (format !== "text") return FORMATS[format]([table]);
  return FORMATS.text([{ ...table, notes: table.notes!.flatMap((note) => wrapped(note, WIDTH)) }], width);
}

const number = ({ mean, std }: { mean: number; std?: number }): string =>
  std === undefined ? short(mean) : `${measured(mean)} ± ${measured(std)}`;
const signed = (value: number, counted: boolean): string =>
  (value > 0 ? "+" : "") + (counted ? short(value) : measured(value));

/** Counts whole. */
const short = (value: number): string => (Number.isInteger(value) ? String(value) : measured(value));

/** Two decimals or, when those would be none of its digits, two digits. */
function measured(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return value === 0 || Math.abs(value) >= 0.005 ? value.toFixed(2) : String(Number(value.toPrecision(2)));
}
