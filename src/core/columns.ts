import { printableName } from "./printable.js";

/** Rows as aligned columns under headings and a rule, a string a line.
 *  @param isRight whether a column is set to the right; default: those that hold numbers, as text. */
export function alignedColumns(
  titles: readonly string[],
  given: readonly (readonly string[])[],
  isRight: (place: number) => boolean = (place) => given.length > 0 && given.every((row) => isNumber(row[place] ?? "")),
): string[] {
  const [headings, ...rows] = [titles, ...given].map((row) => row.map(printableName)) as [string[], ...string[][]];
  const widths = headings.map((heading, i) => Math.max(heading.length, ...rows.map((row) => (row[i] ?? "").length)));
  const right = headings.map((_heading, i) => isRight(i));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (right[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join("  ")
      .trimEnd();
  return [line(headings), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)];
}

/** The same as one text. */
export const columns = (titles: readonly string[], rows: readonly (readonly string[])[]): string =>
  alignedColumns(titles, rows).join("\n");

const isNumber = (text: string): boolean => /^[-+\d.<(]|^$/.test(text);
