import { columns } from "../../core/columns.js";
import { firstOf } from "../../reporting/measured/analyses.js";
import type { MeasuredCell, Measurements } from "../../reporting/measured/measurements.js";
import type { Evidence, StudyShow } from "../../reporting/study-show.js";
import { sizeOf } from "../../reporting/presets.js";
import type { Printed, Reader } from "../shared/printed.js";
import { datasetsKind, type Datasets } from "./record.js";
import { datasetsPanel, OURS } from "./table.js";

/** What was counted, and what is not here. */
export interface Counted {
  readonly record: Datasets;
  readonly missing: readonly { readonly domain: string; readonly reason: string }[];
}

export function printed(
  { record, missing, folder }: Counted & { readonly folder: string },
  { json, width }: Reader,
): Printed {
  if (json) return { result: { datasets: record, missing }, notices: [] };
  const body = record.rows.map(({ domain, group, train, validation, test, classes, tag }) => [
    ...[domain, group.replace("_", "-"), String(train), String(validation), String(train + validation)],
    ...[String(test), String(classes), tag],
  ]);
  return {
    result: columns(["dataset", "used for", "train", "validation", "both", "test", "classes", "data"], body, width),
    notices: [
      ...missing.map(({ domain, reason }) => ({ text: `not here: ${domain} (${reason})`, always: true }) as const),
      { text: `written: ${folder}` },
    ],
  };
}

export const show: StudyShow = {
  kinds: [datasetsKind],
  panels: { dataset_statistics: { command: "analyse datasets", make: datasetsPanel } },
  measures: { dataset_statistics: measureDatasets },
};

/** Images and classes by domain: a column per count. */
function measureDatasets(evidence: Evidence, experiments: readonly string[]): Measurements | undefined {
  const record = firstOf(evidence, datasetsKind, experiments)?.record;
  if (record === undefined) return undefined;
  const cell = (count: number, tag: string): MeasuredCell => ({
    values: new Map([["count", count]]),
    runs: [record.id],
    ...(tag === "synthetic" && { incomplete: "stand-in data" }),
  });
  return {
    preset: sizeOf(record),
    numerics: record.numerics,
    columns: OURS.map((id) => ({ id, standIn: false })),
    rows: new Map(record.rows.map((row) => [row.domain, OURS.map((id) => cell(row[id], row.tag))])),
  };
}
