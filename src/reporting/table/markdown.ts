import type { Table } from "./table.js";
import { lines, written, type Hand } from "./written.js";

const HAND: Hand = {
  plusMinus: " ± ",
  escape: markdownEscape,
  bold: (text) => `**${text}**`,
  reference: (letters) => `<sup>${letters}</sup>`,
};

/** A table of GitHub's Markdown. */
export function tableMarkdown(table: Table): string {
  const { caption, heading, body, notes, isList } = written(table, HAND);
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = line(heading.map((_title, i) => (i === 0 || isList ? "---" : "---:")));
  const escaped = markdownEscape(caption);
  const above = caption === "" ? [] : [isList ? HAND.bold(escaped) : escaped, ""];
  const ofGrid = notes.map((note) => `${markdownEscape(note)}  `);
  const below = isList ? notes.flatMap((note) => [note, ""]) : ofGrid;
  return lines(...above, line(heading), rule, ...body.map(line), ...(below.length === 0 ? [] : ["", ...below]));
}

/** What would mark text up; a "<" before a number begins no tag. */
function markdownEscape(text: string): string {
  return text.replace(/[|*_\\]|<(?![\d\s=])/g, "\\$&");
}
