import { timestamp } from "../../core/clock.js";
import { peakBytes } from "../../core/memory.js";
import { rowOf } from "../../config/variants.js";
import { machine } from "../../records/machine.js";
import { madeBy, type Engines } from "../../records/provenance.js";
import { NUMERICS } from "../../records/numerics.js";
import type { Cell } from "../../records/plan.js";
import { RECORD_VERSION, type RunRecord } from "../../records/record.js";
import { givenLearned } from "../plan/given-learned.js";
import { usedPlugins } from "../plan/plugged.js";
import { trainedOn } from "../plan/cell-steps.js";
import type { RunContext } from "./session.js";

type RunHead = Pick<
  RunRecord,
  | "schemaVersion"
  | "numerics"
  | "id"
  | "experiment"
  | "preset"
  | "cell"
  | "configHash"
  | "config"
  | "pretrained"
  | "learned"
  | "plugins"
  | "peakMemoryBytes"
  | "engine"
  | "earlierEngines"
  | "hardware"
  | "git"
  | "startedAt"
  | "finishedAt"
>;

/** What every record says of where a run comes from: its cell and config, engine, machine and commit.
 *  @param engines that made it, if others did before the session's. */
export function recordHead(
  { session, config, plan }: RunContext,
  cell: Cell,
  startedAt: string,
  engines: Engines = [session.engine.details],
): RunHead {
  const pretrained = session.origin(session.domain(trainedOn(cell)));
  const row = rowOf(config, cell.method);
  const given = cell.phase === "meta-train" ? undefined : givenLearned(row);
  const plugins = usedPlugins(config, row, cell.phase === "meta-train");
  return {
    schemaVersion: RECORD_VERSION,
    numerics: NUMERICS,
    id: cell.id,
    experiment: plan.experiment,
    preset: plan.preset,
    cell,
    configHash: config.hash,
    config: plan.config,
    ...(pretrained && { pretrained }),
    ...(given && { learned: { sha256: given.sha256, run: given.run, numerics: given.numerics } }),
    ...(plugins.length > 0 && { plugins }),
    peakMemoryBytes: peakBytes(),
    ...madeBy(engines),
    ...machine(),
    startedAt,
    finishedAt: timestamp(),
  };
}

/** The record of a run that failed: why, and no results. */
export const failedRecord = (context: RunContext, cell: Cell, startedAt: string, failure: string): RunRecord => ({
  ...emptyRecord(context, cell, startedAt),
  state: "failed",
  failure,
});

/** The record of a run that its search has no time for. */
export const skippedRecord = (context: RunContext, cell: Cell, startedAt: string): RunRecord => ({
  ...emptyRecord(context, cell, startedAt),
  state: "skipped",
});

function emptyRecord(context: RunContext, cell: Cell, startedAt: string): Omit<RunRecord, "state"> {
  const { id, dataTag, checksum, classes } = context.session.domain(trainedOn(cell));
  return {
    ...recordHead(context, cell, startedAt),
    metrics: { chance: 1 / classes },
    counts: { steps: 0, epochs: 0, testReads: 0 },
    timings: { dataMilliseconds: 0, stepMilliseconds: 0, evaluationMilliseconds: 0, wallMilliseconds: 0 },
    data: { tag: dataTag, checksums: { [id]: checksum } },
  };
}
