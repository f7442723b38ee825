import { areBest } from "./best.js";
import { STYLES, type Style, type TableFormat } from "./styles.js";
import { letter } from "./letter.js";
import { earlierMark } from "../numerics.js";
import type { Mark } from "./mark.js";
import type { PaperCell, PaperColumn, PaperPanel, PaperTable } from "./table.js";

/** A table for reading: a block per panel, mean ± standard deviation at fixed decimals, the best of a column bold where the
 *  format can, numbers from stand-in data in brackets. Letters lead from cells to their marks below. */
export const renderPaperTable = (table: PaperTable, format: TableFormat): string =>
  table.panels.map((panel) => renderPanel(panel, format)).join("\n");

function renderPanel(panel: PaperPanel, format: TableFormat): string {
  const style = STYLES[format];
  const { columns, rows, definition, rowName } = panel;
  const { shared, letterOf } = notesOf(panel);
  const withLetters = (shown: string, marks: readonly Mark[]): string => {
    const letters = [...new Set(marks.flatMap(({ text }) => letterOf.get(text) ?? []))];
    return letters.length === 0 ? shown : shown + style.reference(letters.join(","));
  };
  const best = columns.map((column, i) =>
    areBest(
      rows.map(({ cells }) => cells[i]!.mean),
      column.better,
    ),
  );
  const body = rows.map((row, r) => [
    withLetters(style.escape(row.title), row.marks),
    ...row.cells.map((cell, i) => {
      const shown = numberOf(cell, columns[i]!, style);
      const bracketed = cell.marks.some(({ kind }) => kind === "stand-in") ? `[${shown}]` : shown;
      return withLetters(best[i]![r] ? style.bold(bracketed) : bracketed, cell.marks);
    }),
  ]);
  const notes = [
    ...[...letterOf].map(([text, letter]) => `${letter}: ${text}`),
    ...[...panel.marks.map(({ text }) => text), ...shared].map(sentence),
    ...(definition === undefined ? [] : [definition]),
  ];
  const heading = [rowName, ...columns.map(({ title }) => title)].map(style.escape);
  // LaTeX counts tables itself.
  const caption = format === "latex" ? captionOf(panel).replace(/^Table /, "The paper's Table ") : captionOf(panel);
  return style.layout({ caption, label: panel.id, heading, body, notes });
}

/** Letters of the marks, in the order in which cells have them. What all cells of the paper's rows share, or all numbers
 *  and nothing else, needs none. */
export function notesOf({ columns, rows }: PaperPanel): {
  readonly shared: readonly string[];
  readonly letterOf: ReadonlyMap<string, string>;
} {
  const has = ({ marks }: { readonly marks: readonly Mark[] }, text: string): boolean =>
    marks.some((mark) => mark.text === text);
  const all = rows.flatMap(({ cells }) => cells);
  const groups = {
    "all cells": rows
      .filter(({ inPaper }) => inPaper)
      .flatMap(({ cells }) => cells.filter((_cell, i) => columns[i]!.kind === "measured")),
    "all numbers": all.filter(({ samples }) => samples.length > 0),
  };
  const sharedBy = (text: string): string | undefined =>
    Object.entries(groups).find(
      ([, group]) =>
        group.length > 1 &&
        group.every((cell) => has(cell, text)) &&
        all.filter((cell) => has(cell, text)).length === group.length,
    )?.[0];
  const shared: string[] = [];
  const letterOf = new Map<string, string>();
  for (const text of new Set(
    rows.flatMap((row) => [row, ...row.cells]).flatMap(({ marks }) => marks.map((one) => one.text)),
  )) {
    const group = rows.some((row) => has(row, text)) ? undefined : sharedBy(text);
    if (group === undefined) letterOf.set(text, letter(letterOf.size));
    else shared.push(`${group}: ${text}`);
  }
  return { shared, letterOf };
}

/** The caption, with where the numbers come from. */
export function captionOf({ caption, experiment, provenance, rows, columns }: PaperPanel): string {
  const counts = rows.flatMap(({ cells }) =>
    cells.flatMap(({ samples }, i) =>
      columns[i]!.spread !== undefined && samples[0]?.kind === "run" ? [samples.length] : [],
    ),
  );
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
  const trials = fewest === most ? `${most} trial${most === 1 ? "" : "s"}` : `${fewest} to ${most} trials`;
  const spread = counts.length > 0 ? ` Mean ± std over ${trials}.` : "";
  const from =
    provenance === undefined
      ? `${experiment}: no records.`
      : `${[experiment, provenance.folder, `preset ${provenance.preset}`].filter((part) => part !== "").join(", ")}${earlierMark(provenance.numerics)}.`;
  return `${caption.replace(/\.?$/, ".")}${spread} ${from}`;
}

function numberOf({ mean, std, text }: PaperCell, { decimals }: PaperColumn, { plusMinus, escape }: Style): string {
  if (text !== undefined) return escape(text);
  if (mean === undefined) return "-";
  if (!Number.isFinite(mean)) return "diverged";
  return mean.toFixed(decimals) + (std === undefined ? "" : plusMinus + std.toFixed(decimals));
}

const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
