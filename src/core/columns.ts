import { printableName } from "./printable.js";

/** Blanks between columns. */
const GAP = 2;
/** Columns that a text may be narrowed to before columns move to a further table. */
const NARROWEST = 20;

/** How a column is laid out. */
interface Laid {
  readonly cells: readonly string[];
  readonly right: boolean;
  /** As wide as its longest cell, and how narrow it may become. */
  readonly natural: number;
  readonly least: number;
}

/** Rows as aligned columns under headings and a rule, a string a line.
 *  @param isRight whether a column is set to the right; default: those that hold numbers, as text. Only their headings are
 *  wrapped. @param width of the terminal: texts are wrapped, and what does not fit all the same stands in further tables
 *  below, each with the first column again; absent: as wide as it is. */
export function alignedColumns(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  isRight: (place: number) => boolean = (place) => rows.length > 0 && rows.every((row) => isNumber(row[place] ?? "")),
  width = Infinity,
): string[] {
  const all = titles.map((title, place): Laid => {
    const cells = [title, ...rows.map((row) => row[place] ?? "")].map(printableName);
    const right = isRight(place);
    const natural = longest(cells);
    const words = longest(cells[0]!.split(" "));
    const least = right ? Math.max(words, longest(cells.slice(1))) : Math.min(natural, Math.max(words, NARROWEST));
    return { cells, right, natural, least };
  });
  return tablesOf(narrowed(all, width), width).flatMap((columns, i) => [
    ...(i > 0 ? [""] : []),
    ...drawn(columns, width),
  ]);
}

/** The same as one text. */
export const columns = (titles: readonly string[], rows: readonly (readonly string[])[], width?: number): string =>
  alignedColumns(titles, rows, undefined, width).join("\n");

const longest = (texts: readonly string[]): number => Math.max(0, ...texts.map((text) => text.length));

/** The same, where the first column and any other fit beside each other: their words are broken if need be. */
function narrowed([first, ...others]: readonly Laid[], width: number): Laid[] {
  const least = Math.min(first!.least, others.length === 0 ? width : Math.floor(width / 2));
  const most = width - GAP - least;
  return [{ ...first!, least }, ...others.map((column) => ({ ...column, least: Math.min(column.least, most) }))];
}

/** As many columns as fit, then the first one and as many others, and so on. */
function tablesOf([first, ...others]: readonly Laid[], width: number): Laid[][] {
  const tables: Laid[][] = [[first!]];
  let room = width - first!.least;
  for (const column of others) {
    const last = tables.at(-1)!;
    if (GAP + column.least > room && last.length > 1) {
      tables.push([first!]);
      room = width - first!.least;
    }
    tables.at(-1)!.push(column);
    room -= GAP + column.least;
  }
  return tables;
}

function drawn(columns: readonly Laid[], width: number): string[] {
  const widths = widthsOf(columns, width - GAP * (columns.length - 1));
  const [heading, ...body] = columns[0]!.cells.map((_first, row) => {
    const cells = columns.map(({ cells }, i) =>
      cells[row]!.length > widths[i]! ? wrapped(cells[row]!, widths[i]!) : [cells[row]!],
    );
    const height = Math.max(...cells.map(({ length }) => length));
    return Array.from({ length: height }, (_, line) =>
      columns
        .map(({ right }, i) =>
          right ? (cells[i]![line] ?? "").padStart(widths[i]!) : (cells[i]![line] ?? "").padEnd(widths[i]!),
        )
        .join(" ".repeat(GAP))
        .trimEnd(),
    );
  });
  const rule = widths.map((one) => "-".repeat(one)).join(" ".repeat(GAP));
  return [...heading!, rule, ...body.flat()];
}

/** Shares the room out: every column has its least and none more than it needs, and texts come before headings. */
function widthsOf(columns: readonly Laid[], room: number): number[] {
  const widths = columns.map(({ least }) => least);
  let left = room - widths.reduce((sum, width) => sum + width, 0);
  for (const right of [false, true])
    for (;;) {
      const open = columns.flatMap((column, i) => (column.right === right && widths[i]! < column.natural ? [i] : []));
      if (left <= 0 || open.length === 0) break;
      const share = Math.max(1, Math.floor(left / open.length));
      for (const i of open) {
        const more = Math.min(share, columns[i]!.natural - widths[i]!, left);
        widths[i]! += more;
        left -= more;
      }
    }
  return widths;
}

const isNumber = (text: string): boolean => /^[-+\d.<(]|^$/.test(text);

/** A text in lines of at most so many columns, broken between words.
 *  @param indent begins every line but the first. @param long whether a longer word is cut, or stays whole and sticks out. */
export function wrapped(text: string, width: number, indent = "", long: "cut" | "whole" = "cut"): string[] {
  const lines: string[] = [];
  let line = "";
  let empty = true;
  const end = (): void => {
    lines.push(line);
    [line, empty] = [indent, true];
  };
  for (const word of text.split(" ")) {
    if (!empty && line.trim() !== "" && line.length + 1 + word.length > width) end();
    line += empty ? word : ` ${word}`;
    empty = false;
    while (long === "cut" && line.length > width && width > indent.length) {
      const rest = line.slice(width);
      line = line.slice(0, width);
      end();
      line += rest;
      empty = false;
    }
  }
  return [...lines, line];
}
