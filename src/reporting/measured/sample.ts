import { join } from "node:path";
import type { RunRecord } from "../../records/record.js";
import type { Sample } from "../table/table.js";

/** One run behind a cell. @param experiment the folder of its results. @param value what the table shows of it. */
export const sampleOf = (experiment: string, record: RunRecord, value: number | undefined): Sample => {
  const { id, cell, state, selected } = record;
  const isTrial = cell.phase === "trial";
  return {
    kind: "run",
    id,
    file: join(experiment, "runs", id, "record.json"),
    state,
    value,
    seed: cell.seed,
    ...(isTrial && { trial: cell.trial }),
    ...(selected && { learningRate: selected.learningRate, weightDecay: selected.weightDecay }),
    ...(isTrial && selected && { gridEdge: selected.gridEdge }),
    ...(isTrial && selected?.margin && { margin: selected.margin }),
  };
};
