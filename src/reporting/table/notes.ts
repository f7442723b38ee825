import type { Column, Mark, Row, Table } from "./table.js";

interface Marked {
  readonly marks: readonly Mark[];
}

/** The letter of a footnote: a, b, … z, aa, ab, … @param index from 0. */
function letter(index: number): string {
  const last = String.fromCharCode(97 + (index % 26));
  return index < 26 ? last : letter(Math.floor(index / 26) - 1) + last;
}

/** The notes of a table's cells and rows. */
interface Notes {
  /** Lines without a letter. */
  readonly shared: readonly string[];
  readonly letterOf: ReadonlyMap<string, string>;
  /** The letters of a cell or row. */
  lettersOf(marked: Marked): readonly string[];
}

/** Letters of the marks, in the order in which cells have them. What all cells of the paper's rows share, or all numbers
 *  and nothing else, needs none; in a table that tells marks by rows each has its letter. */
export function notesOf({ columns, rows, marking }: Table): Notes {
  const shared: string[] = [];
  const letterOf = new Map<string, string>();
  const texts = rows.flatMap((row) => [row, ...row.cells]).flatMap(({ marks }) => marks.map(({ text }) => text));
  for (const text of new Set(texts)) {
    const group = marking === "rows" || rows.some((row) => has(row, text)) ? undefined : sharedBy(text, columns, rows);
    if (group === undefined) letterOf.set(text, letter(letterOf.size));
    else shared.push(`${group}: ${text}`);
  }
  return {
    shared,
    letterOf,
    lettersOf: ({ marks }) => [...new Set(marks.flatMap(({ text }) => letterOf.get(text) ?? []))],
  };
}

const has = ({ marks }: Marked, text: string): boolean => marks.some((mark) => mark.text === text);

/** Whose mark it is, when all of them and no others have it. */
function sharedBy(text: string, columns: readonly Column[], rows: readonly Row[]): string | undefined {
  const all = rows.flatMap(({ cells }) => cells);
  const groups = {
    "all cells": rows
      .filter(({ inPaper }) => inPaper)
      .flatMap(({ cells }) => cells.filter((_cell, i) => columns[i]!.kind === "measured")),
    "all numbers": all.filter(({ samples }) => samples.length > 0),
  };
  const holders = all.filter((cell) => has(cell, text)).length;
  const found = Object.entries(groups).find(
    ([, group]) => group.length > 1 && holders === group.length && group.every((cell) => has(cell, text)),
  );
  return found?.[0];
}

/** What is not as it should be in a row, by column; empty when all is well. */
export const rowState = (marked: readonly Marked[], titles: readonly string[]): string =>
  marked
    .flatMap(({ marks }, i) =>
      marks.length > 0 ? [`${titles[i]!}: ${marks.map(({ text }) => text).join(" and ")}`] : [],
    )
    .join("; ");

export const capitalised = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
