import { captionOf } from "./render.js";
import type { PaperCell, PaperPanel, PaperTable, Printed, Sample } from "./table.js";

/** What lies beside a table as `<id>.json`: every cell with the runs or analyses behind it, their seeds and
 *  hyper-parameters, its marks and the paper's number; what is no finite number is text. */
export const paperTableJson = ({ id, panels }: PaperTable): object => ({
  schemaVersion: 1,
  id,
  panels: panels.map(panelJson),
});

function panelJson(panel: PaperPanel): object {
  const { id, experiment, provenance, rowName, columns, rows, marks, definition } = panel;
  return {
    id,
    caption: captionOf(panel),
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

export function cellJson({ mean, std, text, samples, marks, paper }: PaperCell): object {
  const [first] = samples;
  return {
    ...(text === undefined ? { mean: plain(mean), std: plain(std) } : { text }),
    n: samples.filter(({ value }) => value !== undefined).length,
    [first?.kind === "analysis" ? "analyses" : "runs"]: samples.map(sampleJson),
    marks,
    paper: paper === undefined ? "none" : paper === null ? "lost" : printedJson(paper),
  };
}

const sampleJson = (sample: Sample): object => ({ ...sample, value: plain(sample.value) });

const printedJson = ({ mean, std, bold }: Printed): object => ({ mean, std: std ?? null, bold: bold === true });

const plain = (value: number | undefined): number | string | null =>
  value === undefined ? null : Number.isFinite(value) ? value : String(value);
