import type { Cell, Printed, Sample, Table } from "./table.js";

/** A table for machines: every cell with the runs or analyses behind it, their seeds and hyper-parameters, its marks and the
 *  paper's number; what is not a finite number is text. */
export function tableJson(table: Table): object {
  const { id, caption, experiment = "", provenance, rowName, columns, rows, marks, definition } = table;
  return {
    id,
    caption,
    experiment,
    provenance: provenance ?? null,
    definition: definition ?? null,
    marks,
    columns: columns.map(({ id: column, title, kind, better }) => ({
      id: column,
      title,
      kind,
      better: better ?? null,
    })),
    rows: rows.map((row) => ({
      [rowName]: row.id,
      title: row.title,
      inPaper: row.inPaper,
      marks: row.marks,
      cells: Object.fromEntries(row.cells.map((cell, i) => [columns[i]!.id, cellJson(cell)])),
    })),
  };
}

export function cellJson({ mean, std, text, samples, marks, paper }: Cell): object {
  const [first] = samples;
  return {
    ...(text === undefined ? { mean: jsonNumber(mean), std: jsonNumber(std) } : { text }),
    n: samples.filter(({ value }) => value !== undefined).length,
    [first?.kind === "analysis" ? "analyses" : "runs"]: samples.map(sampleJson),
    marks,
    paper: paper === undefined ? "none" : paper === null ? "lost" : printedJson(paper),
  };
}

const sampleJson = (sample: Sample): object => ({ ...sample, value: jsonNumber(sample.value) });

const printedJson = ({ mean, std, bold }: Printed): object => ({ mean, std: std ?? null, bold: bold === true });

/** A number, the word of one that is not finite, or null. */
export const jsonNumber = (value: number | undefined): number | string | null =>
  value === undefined ? null : Number.isFinite(value) ? value : String(value);
