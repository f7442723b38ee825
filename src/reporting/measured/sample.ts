import { join } from "node:path";
import type { Plan } from "../../records/plan.js";
import type { RunRecord } from "../../records/record.js";
import type { Sample } from "../table/table.js";

/** One run behind a cell. @param of what the table shows of it; of a failed run nothing. */
export function sampleOf(
  { experiment }: Pick<Plan, "experiment">,
  record: RunRecord,
  { of }: { of(record: RunRecord): number | undefined },
): Sample {
  const { id, cell, state, selected } = record;
  return {
    kind: "run",
    id,
    file: join(experiment, "runs", id, "record.json"),
    state,
    value: state === "failed" ? undefined : of(record),
    seed: cell.seed,
    ...(cell.phase === "trial" && { trial: cell.trial }),
    ...(selected && {
      learningRate: selected.learningRate,
      weightDecay: selected.weightDecay,
      gridEdge: selected.gridEdge,
    }),
    ...(selected?.margin && { margin: selected.margin }),
  };
}
