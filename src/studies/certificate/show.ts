import { join } from "node:path";
import { columns } from "../../core/columns.js";
import { analysesOf } from "../../reporting/evidence.js";
import type { Evidence, ReportTable, StudyShow } from "../../reporting/study-show.js";
import { short, shortOrTiny, type Printed, type Reader } from "../shared/printed.js";
import { judgeCoverage } from "./coverage.js";
import { certificateKind, type Certificate } from "./record.js";
import { certificateTable, writeCertificate } from "./table.js";

/** What the study came to. */
export interface CertificateOutcome {
  readonly results: string;
  /** Its folder below the results. */
  readonly name: string;
  readonly records: readonly Certificate[];
  /** Parts that were computed now. */
  readonly fresh: number;
}

export function printed({ results, name, records, fresh }: CertificateOutcome, { json, width }: Reader): Printed {
  const file = writeCertificate(join(results, name), records);
  if (json) return { result: { experiment: name, records, file }, notices: [] };
  const { headings, rows } = certificateTable(records, short);
  const text = `${fresh} parts done, ${records.length - fresh} were done before; written: ${file}`;
  return { result: columns(headings, rows, width), notices: [{ text }] };
}

export const show: StudyShow = {
  kinds: [certificateKind],
  reportTables,
  judges: { coverage: judgeCoverage },
};

function reportTables(evidence: Evidence): ReportTable[] {
  const records = analysesOf(evidence, certificateKind).map(({ record }) => record);
  if (records.length === 0) return [];
  const { headings, rows } = certificateTable(records, shortOrTiny);
  const isNumeric = (i: number): boolean => i >= 3 && i < 15;
  return [
    {
      id: "certificate",
      caption:
        "Theorem 4.1: the bound as printed and corrected, its conditions, and how often it held over redraws of the tasks",
      columns: headings.map((title, i) => ({
        title: title.replaceAll("_", " "),
        numeric: isNumeric(i),
        wide: i === 15,
      })),
      numerics: records[0]!.numerics,
      rows: rows.map((row) => ({
        cells: row.map((shown, i) => (isNumeric(i) ? { shown, value: shown } : { shown })),
      })),
    },
  ];
}
