import { order } from "../../core/noise.js";
import { analysesOf } from "../../reporting/evidence.js";
import type { Judged } from "../../reporting/paper/judged.js";
import type { Evidence } from "../../reporting/study-show.js";
import { sizeOf } from "../../reporting/presets.js";
import { certificateKind, type CertificateRow } from "./record.js";

/** The corrected bound over redraws, in the settings where the theorem's conditions hold. */
export function judgeCoverage(evidence: Evidence): Judged | string {
  const record = analysesOf(evidence, certificateKind).find((one) => one.record.part === "A")?.record;
  if (record === undefined) return "there is no certificate of it";
  const rows = record.rows.filter(
    ({ violated, coverageCorrected }) => violated.length === 0 && coverageCorrected !== undefined,
  );
  const held = rows.filter(({ coverageCorrected, delta }) => order(coverageCorrected!, 1 - delta) >= 0).length;
  const lowest = Math.min(...rows.map(({ coverageCorrected }) => coverageCorrected!));
  return {
    preset: sizeOf(record),
    numerics: record.numerics,
    truth:
      rows.length === 0
        ? { holds: undefined, incomplete: true }
        : {
            holds: held === rows.length,
            incomplete: rows.length < record.rows.length,
            share: { held, of: rows.length },
            found: `lowest frequency ${lowest}`,
          },
    contrasts: [],
    deterministic: true,
    absent: [],
    evidence: [record.id],
    columns: rows.map(nameOf),
    leftOut: record.rows
      .filter((row) => !rows.includes(row))
      .map((row) => ({ column: nameOf(row), why: row.violated.join(", ") || "no frequency" })),
  };
}

const nameOf = ({ setting, preconditioner, tasks, steps }: CertificateRow): string =>
  `${setting}, ${preconditioner}, ${tasks} tasks, ${steps} steps`;
