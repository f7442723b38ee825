import { join } from "node:path";
import { EXIT, UserError } from "../../core/errors.js";
import { suggestion } from "../../core/registry.js";
import { counted } from "../../core/wording.js";
import type { Margin } from "../../tuning/select.js";
import { cellJson } from "../table/json.js";
import type { Cell, Column, Printed, Row, Sample, Table } from "../table/table.js";
import type { MadeTable } from "./make-table.js";

/** One cell of a table, and where it is. */
interface FoundCell {
  readonly panel: Table;
  readonly row: Row;
  readonly column: Column;
  readonly cell: Cell;
}

/** The cells of a row and column, by their ids or titles; panels of one table may share both.
 *  @throws UserError (usage) that lists the rows or columns there are. */
export function findCells({ panels }: MadeTable, rowName: string, columnName: string): FoundCell[] {
  const rows = panels.filter((panel) => rowOf(panel, rowName) !== undefined);
  const [first] = panels;
  const names = (of: readonly { readonly id: string }[]): string[] => of.map(({ id }) => id);
  if (rows.length === 0)
    throw unknown(
      first?.rowName ?? "method",
      rowName,
      panels.flatMap((panel) => [...names(panel.rows)]),
    );
  const found = rows.flatMap((panel): FoundCell[] => {
    const row = rowOf(panel, rowName)!;
    const index = panel.columns.findIndex((column) => isNamed(column, columnName));
    return index < 0 ? [] : [{ panel, row, column: panel.columns[index]!, cell: row.cells[index]! }];
  });
  if (found.length === 0)
    throw unknown(
      "column",
      columnName,
      rows.flatMap((panel) => names(panel.columns)),
    );
  return found;
}

const rowOf = ({ rows }: Table, name: string): Row | undefined => rows.find((row) => isNamed(row, name));

const isNamed = ({ id, title }: { readonly id: string; readonly title: string }, name: string): boolean =>
  [id, title].some((own) => own.toLowerCase() === name.toLowerCase());

function unknown(what: string, given: string, all: readonly string[]): UserError {
  const known = [...new Set(all)];
  return new UserError(EXIT.usage, {
    where: "--explain",
    given: `unknown ${what} ${JSON.stringify(given)}`,
    accepted: known.join(", "),
    hint: suggestion(given, known) ?? "choose one of these",
  });
}

/** A cell for machines. */
export const explainJson = ({ panel, row, column, cell }: FoundCell): object => ({
  panel: panel.id,
  [panel.rowName]: row.id,
  column: column.id,
  experiment: panel.experiment,
  provenance: panel.provenance ?? null,
  ...cellJson({ ...cell, marks: [...cell.marks, ...row.marks, ...panel.marks] }),
});

/** Where a cell comes from, in words. @param results the folder, as the user named it. */
export function explain({ panel, row, column, cell }: FoundCell, results: string): string {
  const { provenance } = panel;
  const marks = [...cell.marks, ...row.marks, ...panel.marks].map(({ text }) => text);
  const spread = cell.std === undefined ? "" : ` ± ${digits(cell.std)}`;
  const value = cell.text ?? `${textOf(cell.mean)}${spread}`;
  const behind = cell.samples.filter((sample) => sample.value !== undefined).length;
  return [
    `${panel.id}, ${row.title}, ${column.title}: ${value}${behind > 1 ? ` (${behind} numbers)` : ""}`,
    `paper: ${paperText(cell.paper)}`,
    provenance === undefined
      ? `experiment: ${panel.experiment ?? ""}, no records in ${results}`
      : `experiment: ${[panel.experiment, join(results, provenance.folder)].filter((part) => part !== "").join(", ")}`,
    ...(provenance === undefined
      ? []
      : [
          `config: ${provenance.config}, preset ${provenance.preset}, hash ${provenance.configHash}, numerics ${provenance.numerics}`,
        ]),
    ...(marks.length > 0 ? [`marks: ${marks.join("; ")}`] : []),
    ...(panel.definition === undefined ? [] : [panel.definition]),
    ...(column.kind === "derived" ? derivation(panel, row, column) : []),
    ...cell.samples.map((sample) => sampleText(sample, results)),
    ...(cell.samples.some(({ gridEdge = [] }) => gridEdge.length > 0) ? [BEYOND_GRID] : []),
  ].join("\n");
}

/** What to do where a chosen value is on the edge of its grid. */
export const BEYOND_GRID =
  "hint: a better value may be outside the grid: add values to tuning.space, or --set tuning.extendGrid=true";

const paperText = (paper: Printed | null | undefined): string => {
  if (paper === undefined) return "has no such cell";
  if (paper === null) return "lost in its text";
  return `${paper.mean}${paper.std === undefined ? "" : ` ± ${paper.std}`}${paper.bold === true ? ", bold" : ""}`;
};

/** The cells that another is made from: those of its row. */
function derivation({ columns }: Table, { cells }: Row, { id }: Column): string[] {
  const used = columns.flatMap((column, i) =>
    column.kind === "measured" ? [`${column.id} ${textOf(cells[i]!.mean)}`] : [],
  );
  return [`${id} is derived from the row: ${used.join(", ")}`];
}

function sampleText(sample: Sample, results: string): string {
  const { kind, id, file, state, value, trial, seed, learningRate, weightDecay, gridEdge = [], margin } = sample;
  const parts = [
    ...(trial === undefined ? [] : [`trial ${trial}`]),
    ...(seed === undefined ? [] : [`seed ${seed}`]),
    ...(value === undefined ? [] : [`value ${digits(value)}`]),
    ...(state === "done" ? [] : [state]),
    ...(learningRate === undefined ? [] : [`learning rate ${learningRate}`]),
    ...(weightDecay === undefined ? [] : [`weight decay ${weightDecay}`]),
    ...(margin === undefined ? [] : [`tuning: ${marginText(margin)}`]),
    ...(gridEdge.length === 0 ? [] : [`on the edge of the grid (${gridEdge.join(", ")})`]),
  ];
  return `${kind} ${id}: ${[...parts, join(results, file)].join(", ")}`;
}

/** How clearly tuning chose a point. */
function marginText({ images, errorImages, tied }: Margin): string {
  const ahead = counted(rounded(Math.abs(images)), "validation image");
  const place = `${ahead} ${images < 0 ? "behind" : "ahead of"} the best other point`;
  if (tied === 0) return place;
  const error = counted(rounded(errorImages), "image");
  return `tied with ${counted(tied, "other point")} within one standard error (${error}), lower training loss decided, ${place}`;
}

/** Whole numbers, and six digits of others: `--json` has all. */
const digits = (value: number): string => String(Number.isInteger(value) ? value : Number(value.toPrecision(6)));

const textOf = (mean: number | undefined): string => (mean === undefined ? "no number" : digits(mean));

const rounded = (images: number): number => Number(images.toFixed(1));
