import { dirname } from "node:path";
import { EXIT, UserError } from "../../core/errors.js";
import { lookup } from "../../core/registry.js";
import type { ResolvedConfig } from "../../config/load.js";
import { holdoutOf } from "../../config/suite.js";
import type { Plan, TrialCell } from "../../records/plan.js";
import { planDifference } from "../../records/plan-difference.js";
import type { RunRecord } from "../../records/record.js";
import { haveSameRuns, refuseEarlier, type RunStore } from "../../records/store.js";
import { plan as planExperiment } from "../../runs/index.js";

/** Which trials of an experiment are looked at; absent: all. */
export interface SubjectSelection {
  readonly method?: string | undefined;
  readonly holdout?: string | undefined;
  readonly trial?: number | undefined;
}

/** A trial whose trained model is looked at. */
export interface Subject {
  readonly cell: TrialCell;
  readonly record: RunRecord;
}

export interface Subjects {
  readonly chosen: readonly Subject[];
  /** Trials that cannot be looked at, by the state that they are in. */
  readonly left: readonly { readonly cell: TrialCell; readonly state: "diverged" | "failed" | "skipped" | "not run" }[];
}

/** The experiment's plan. Of its config what no run depends on may be another by now, as where a file of weights lies.
 *  @throws UserError (usage): it was not begun, or with earlier numerics, or with other runs. */
export function planOf(store: RunStore, config: ResolvedConfig, dataFolder: string): Plan {
  const plan = store.plan();
  const hint = "metamd run with the same --config, --preset and --set first, or name its folder with --results DIR";
  if (plan === undefined)
    throw new UserError(EXIT.usage, {
      where: store.folder,
      given: "no experiment in this folder",
      accepted: "a folder that metamd run has written to",
      hint,
    });
  refuseEarlier(store.folder, plan);
  if (plan.configHash === config.hash) return plan;
  const planned = planExperiment(config, {
    results: dirname(store.folder),
    data: dataFolder,
    skipMissing: plan.missing.length > 0,
  });
  if (haveSameRuns(plan, planned)) return plan;
  throw new UserError(EXIT.usage, { where: store.folder, ...planDifference(plan, planned, store.folder), hint });
}

/** The trials of a selection, in the plan's order.
 *  @throws UserError: (usage) for an unknown method, holdout or trial; (data) where no trial is finished. */
export function subjectsOf(plan: Plan, config: ResolvedConfig, store: RunStore, selection: SubjectSelection): Subjects {
  const { method, trial } = selection;
  const ids = plan.methods.map(({ id }) => id);
  if (method !== undefined) lookup(Object.fromEntries(ids.map((id) => [id, id])), method, "--method");
  const holdout = selection.holdout === undefined ? undefined : holdoutOf(config, selection.holdout);
  if (trial !== undefined && (trial < 0 || trial >= config.trials))
    throw new UserError(EXIT.usage, {
      where: "--trial",
      given: `given ${trial}`,
      accepted: `0 to ${config.trials - 1}`,
      hint: "choose one of these, or leave --trial out",
    });
  const wanted = ({ phase, ...cell }: Plan["cells"][number]): boolean =>
    phase === "trial" &&
    (method === undefined || cell.method === method) &&
    (holdout === undefined || cell.holdout === holdout) &&
    (trial === undefined || ("trial" in cell && cell.trial === trial));
  const cells = plan.cells.filter(wanted) as TrialCell[];
  const chosen: Subject[] = [];
  const left: Subjects["left"][number][] = [];
  for (const cell of cells) {
    const record = store.has(cell.id) ? store.read(cell.id) : undefined;
    if (record?.state === "done") chosen.push({ cell, record });
    else left.push({ cell, state: record?.state ?? (store.failure(cell.id) === undefined ? "not run" : "failed") });
  }
  if (chosen.length > 0) return { chosen, left };
  throw new UserError(EXIT.data, {
    where: store.folder,
    given: `no trial to look at: ${countStates(left)}`,
    accepted: "trials that ended without diverging",
    hint: "metamd run with the same flags first, or choose others",
  });
}

/** "2 diverged, 1 not run". */
export function countStates(left: Subjects["left"]): string {
  const counts = new Map<string, number>();
  for (const { state } of left) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, count]) => `${count} ${state}`).join(", ") || "none is in the plan";
}
