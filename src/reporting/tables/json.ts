import { earlierNote } from "../../records/numerics.js";
import type { ResultTable, Summary } from "./result-table.js";

/** A table as plain values for machines; what is no finite number is text. */
export function tableJson({ metric, experiment, numerics, columns, rows, missing, dataTags }: ResultTable): unknown {
  return {
    metric: metric.id,
    experiment,
    numerics,
    note: earlierNote(numerics) ?? null,
    data: dataTags,
    missing,
    rows: rows.map(({ method, cells, average, trials }) => ({
      method,
      trials,
      average: summary(average),
      cells: Object.fromEntries(
        cells.map((cell, i) => [
          columns[i],
          { ...summary(cell), values: [...cell.values.values()].map(plain), runs: cell.runs, marks: cell.marks },
        ]),
      ),
    })),
  };
}

const summary = ({ mean, std }: Summary): object => ({ mean: plain(mean), std: plain(std) });

const plain = (value: number | undefined): number | string | null =>
  value === undefined ? null : Number.isFinite(value) ? value : String(value);
