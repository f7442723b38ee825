import { stringify } from "csv-stringify/sync";
import { join } from "node:path";
import { writeAtomic } from "../../core/files.js";
import { certificateKind, type Certificate } from "./record.js";
import { openAnalysisStore } from "../../records/analysis-store.js";
import { writing } from "../../records/writable.js";

/** Columns of `certificate.csv`. */
const HEADINGS = [
  ...["part", "setting", "M", "n", "T", "eta", "C", "r", "delta", "mean_B", "lhs", "bound_printed", "bound_corrected"],
  ...["coverage_printed", "coverage_corrected", "assumptions", "numerics"],
];

/** A row of cells per setting of the certificates. @param shown how a number is written; absent ones are empty. */
export function certificateTable(
  records: readonly Certificate[],
  shown: (value: number) => string,
): { headings: readonly string[]; rows: string[][] } {
  const cell = (value: number | undefined): string => (value === undefined ? "" : shown(value));
  const rows = records.flatMap(({ part, numerics, rows }) =>
    rows.map((row) => [
      part,
      row.setting,
      row.preconditioner,
      String(row.tasks),
      String(row.steps),
      ...[row.eta, row.c, row.r, row.delta, row.meanDivergence, row.suboptimality].map(cell),
      ...[row.boundPrinted, row.boundCorrected, row.coveragePrinted, row.coverageCorrected].map(cell),
      row.violated.length === 0 ? "hold" : `violated: ${row.violated.join("; ")}`,
      String(numerics),
    ]),
  );
  return { headings: HEADINGS, rows };
}

/** Writes `certificate.csv` into the experiment's folder: the given parts, and of the others what was finished last with
 *  the latest numerics. Numbers keep every digit. @returns its path. */
export function writeCertificate(folder: string, given: readonly Certificate[]): string {
  const store = openAnalysisStore(folder);
  const byPart = new Map<string, Certificate>();
  const held = store.all(certificateKind);
  held.sort((a, b) => a.numerics - b.numerics || a.finishedAt.localeCompare(b.finishedAt));
  for (const record of [...held, ...given]) byPart.set(record.part, record);
  const records = [...byPart.values()].sort((a, b) => a.part.localeCompare(b.part));
  const { headings, rows } = certificateTable(records, String);
  const path = join(folder, "certificate.csv");
  writing(folder, () => writeAtomic(path, stringify([headings, ...rows])));
  return path;
}
