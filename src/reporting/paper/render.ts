import { earlierNote, NUMERICS } from "../../records/numerics.js";
import { earlierMark } from "../numerics.js";
import type { CellComparison } from "./cells.js";
import { cellsCsv, claimsCsv } from "./csv.js";
import { shortP } from "./reasons.js";
import { columnTitle, methodTitle } from "./titles.js";
import { slipsOf } from "./slips.js";
import type { ClaimVerdict } from "./claim-verdict.js";
import { renderGrid, type GridFormat } from "../grid.js";

/** Claims with verdicts and reasons, and what is known of the paper's own numbers. */
export function renderClaims(verdicts: readonly ClaimVerdict[], format: GridFormat): string {
  if (format === "csv") return claimsCsv(verdicts);
  if (format === "markdown")
    return renderGrid(
      ["claim", "statement", "printed", "ours", "p", "why", "known of the paper"],
      verdicts.map(({ claim, verdict, p, reason }) => [
        ...[claim.id, claim.statement, printedWord(claim.printed), verdict, p === undefined ? "" : shortP(p)],
        ...[
          reason,
          slipsOf(claim.id)
            .map((slip) => slip.text)
            .join(" "),
        ],
      ]),
      "markdown",
    );
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
export function renderCells(cells: readonly CellComparison[], format: GridFormat): string {
  if (format === "csv") return cellsCsv(cells);
  const shown = cells.filter(({ ours, why }) => ours !== undefined || why?.endsWith("not run") !== true);
  const grid = renderGrid(
    ["table", "row", "column", "paper", "ours", "n", "difference", "verdict"],
    shown.map(({ table, panel, row, column, paper, ours, verdict, why, numerics = NUMERICS }) => [
      ...[panel === "main" ? table : `${table} ${panel}`, methodTitle(row), columnTitle(column)],
      ...[paper === undefined ? "lost" : number(paper), ours === undefined ? "-" : number(ours), String(ours?.n ?? "")],
      paper === undefined || ours === undefined ? "" : signed(ours.mean - paper.mean),
      (verdict ?? `none: ${why}`) + earlierMark(numerics),
    ]),
    format,
  );
  const tables = [...new Set(shown.map(({ table, panel }) => `${table}.${panel}`))];
  const earlier = new Set(shown.flatMap(({ numerics = NUMERICS }) => earlierNote(numerics) ?? []));
  const slips = new Set(tables.flatMap((id) => slipsOf(id)));
  const notes = [...[...slips].map(({ text }) => `Note: ${text}`), ...[...earlier].map((note) => `Note: ${note}.`)];
  const absent = cells.length - shown.length;
  const rest =
    absent > 0 ? [`${absent} printed number${absent === 1 ? " has" : "s have"} none of ours beside them.`] : [];
  return (
    [grid, ...[...notes, ...rest].flatMap((note) => (format === "text" ? wrapped(note, "") : [note, ""]))].join("\n") +
    "\n"
  );
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
