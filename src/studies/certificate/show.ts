import { join } from "node:path";
import { columns } from "../../core/columns.js";
import { analysesOf } from "../../reporting/evidence.js";
import type { Evidence, StudyShow } from "../../reporting/study-show.js";
import {
  cellOf,
  numberCell,
  numberColumn,
  rowOf,
  wordCell,
  wordColumn,
  type Cell,
  type Table,
} from "../../reporting/table/table.js";
import { analysisSample } from "../../reporting/tables/analysis-panels.js";
import { about } from "../../reporting/tables/origin.js";
import { keptFile, short, shortOrTiny, type Printed, type Reader } from "../shared/printed.js";
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
  const written = keptFile(() => writeCertificate(join(results, name), records));
  if (json) return { result: { experiment: name, records, file: written.file }, notices: written.notices };
  const { headings, rows } = certificateTable(records, short);
  const text = `${fresh} parts done, ${records.length - fresh} were done before${written.said}`;
  return { result: columns(headings, rows, width), notices: [{ text }, ...written.notices] };
}

export const show: StudyShow = {
  kinds: [certificateKind],
  reportTables,
  judges: { coverage: judgeCoverage },
};

/** Every number at its own digits: they are of settings of different orders. */
function reportTables(evidence: Evidence): Table[] {
  const records = analysesOf(evidence, certificateKind).map(({ record }) => record);
  if (records.length === 0) return [];
  const { headings, rows } = certificateTable(records, shortOrTiny);
  const titles = headings.slice(1, -1).map((name) => name.replaceAll("_", " "));
  const owners = records.flatMap((record) => record.rows.map(() => record));
  const isNumeric = (i: number): boolean => i >= 2 && i < titles.length - 1;
  const cell = (shown: string, i: number, owner: Certificate): Cell => {
    if (!isNumeric(i) || shown === "") return isNumeric(i) ? numberCell(undefined) : wordCell(shown);
    const value = Number(shown);
    return cellOf({ mean: value, shown, samples: [{ ...analysisSample(owner), value }] });
  };
  return [
    {
      ...about(records[0]),
      id: "certificate",
      caption:
        "Theorem 4.1: the bound as printed and corrected, its conditions, and how often it held over redraws of the tasks",
      rowName: "part",
      columns: titles.map((title, i) =>
        isNumeric(i) ? numberColumn(title, title, 4, { heading: title }) : wordColumn(title, title, { heading: title }),
      ),
      rows: rows.map(([part, ...texts], r) =>
        rowOf(
          part!,
          part!,
          texts.slice(0, -1).map((text, i) => cell(text, i, owners[r]!)),
          owners[r]!.numerics,
        ),
      ),
    },
  ];
}
