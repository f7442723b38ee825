import { stringify } from "csv-stringify/sync";

export type GridFormat = "text" | "markdown" | "csv";

/** Rows of text under headings. In text, columns of numbers are set to the right. */
export function renderGrid(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  format: GridFormat,
): string {
  if (format === "csv") return stringify([heading, ...rows]);
  if (format === "markdown") {
    const line = (cells: readonly string[]): string => `| ${cells.map(escapeMarkdown).join(" | ")} |`;
    return [line(heading), `|${" --- |".repeat(heading.length)}`, ...rows.map(line), ""].join("\n");
  }
  const widths = heading.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const right = heading.map((_title, i) => rows.length > 0 && rows.every((row) => /^[-+\d.<(]|^$/.test(row[i]!)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (right[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join("  ")
      .trimEnd();
  return [line(heading), line(widths.map((width) => "-".repeat(width))), ...rows.map(line), ""].join("\n");
}

const escapeMarkdown = (text: string): string => text.replace(/[|*_\\]/g, "\\$&");
