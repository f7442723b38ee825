import { UserError } from "../../core/errors.js";
import { canonicalJson } from "../../core/hash.js";
import { NUMERICS } from "../../records/numerics.js";
import { decideTheSame } from "../../records/plan-difference.js";
import type { Plan, TrialCell } from "../../records/plan.js";
import { isFinished, type RunRecord } from "../../records/record.js";
import type { RunStore } from "../../records/store.js";
import type { Selected } from "./run-training.js";
import type { Computed, RunContext } from "./session.js";

/** Trials of the folder that its plan no longer has, by plan. */
const left = new WeakMap<Plan, readonly RunRecord[]>();

/** Takes a trial from the same trial of an earlier plan of the folder, if that was made at the chosen point. Where a
 *  grid has grown, all trials have other ids, as they build on more tuning runs; only those of a newly chosen point have
 *  other numbers. Trials whose weights are kept are run again.
 *  @returns undefined where there is none. */
export function takeEarlierTrial(context: RunContext, cell: TrialCell, selected: Selected): Computed | undefined {
  const { store, plan, config } = context;
  if (config.keepWeights) return undefined;
  const earlier = left.get(plan) ?? leftTrials(store, plan);
  left.set(plan, earlier);
  const same = earlier.find((record) => isSameTrial(record, context, cell, selected));
  if (same === undefined) return undefined;
  const of = { id: cell.id, cell, experiment: plan.experiment, preset: plan.preset, configHash: config.hash };
  const record = { ...same, ...of, config: plan.config, selected, sameAs: same.sameAs ?? same.id };
  return { record, curve: store.curve(same.id) };
}

function leftTrials(store: RunStore, { cells }: Plan): RunRecord[] {
  const planned = new Set(cells.map(({ id }) => id));
  return store
    .list()
    .filter((id) => !planned.has(id))
    .flatMap((id) => {
      const record = readable(store, id);
      return record?.cell.phase === "trial" && record.numerics === NUMERICS && isFinished(record) ? [record] : [];
    });
}

/** What is damaged is not taken: the trial is run again. */
function readable(store: RunStore, id: string): RunRecord | undefined {
  try {
    store.curve(id);
    return store.read(id);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

function isSameTrial(record: RunRecord, { session, plan }: RunContext, cell: TrialCell, selected: Selected): boolean {
  const { dependsOn, ...held } = record.cell;
  const { dependsOn: now, ...wanted } = cell;
  const learned = now.find((id) => plan.cells.some((other) => other.id === id && other.phase === "meta-train"));
  const checksums = { [cell.holdout]: session.domain(cell.holdout).checksum };
  return (
    canonicalJson({ ...held, id: "" }) === canonicalJson({ ...wanted, id: "" }) &&
    (learned === undefined || dependsOn.includes(learned)) &&
    record.selected?.learningRate === selected.learningRate &&
    record.selected.weightDecay === selected.weightDecay &&
    canonicalJson(record.data.checksums) === canonicalJson(checksums) &&
    decideTheSame(record.config, plan.config, cell.method)
  );
}
