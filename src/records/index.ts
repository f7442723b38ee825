// What lies in a results folder, for programs that read it: runs with their records and curves, learned files, weights.
import { basename, dirname } from "node:path";
import { EXIT, UserError } from "../core/errors.js";
import type { CurveRow } from "./curve.js";
import type { Plan } from "./plan.js";
import type { RunRecord } from "./record.js";
import { openRunStore } from "./store.js";

export type { CurveRow } from "./curve.js";
export { readLearned, type LearnedFile } from "./learned.js";
export type { Cell, Plan } from "./plan.js";
export type { RunRecord } from "./record.js";
export { readSafetensors, type Safetensors } from "./safetensors.js";

/** A run that has a record. */
export interface ReadRun {
  readonly record: RunRecord;
  /** What it logged while it trained: a row a logged step, columns by name. Read at each call. */
  curve(): readonly CurveRow[];
  /** Where its learned optimiser is, if it learned one: for `readLearned`, or a config's `learnedFiles`. */
  readonly learnedFile: string;
}

/** An experiment's plan, and the runs of it that have a record, in the plan's order. */
export interface ReadRecords {
  readonly plan: Plan;
  readonly runs: readonly ReadRun[];
}

/** Reads the records of an experiment. @param folder of the experiment, in the results.
 *  @throws UserError: (usage) there is no experiment; (data) its plan or a record is damaged or of another version. */
export function readRecords(folder: string): ReadRecords {
  const store = openRunStore(dirname(folder), basename(folder));
  const plan = store.plan();
  if (plan === undefined)
    throw new UserError(EXIT.usage, {
      where: folder,
      given: "no experiment in this folder",
      accepted: "a folder that metamd run has written to",
    });
  const recorded = new Set(store.list());
  const runs = plan.cells
    .filter(({ id }) => recorded.has(id))
    .map(({ id }) => ({
      record: store.read(id),
      curve: () => store.curve(id),
      learnedFile: store.learnedFile(id),
    }));
  return { plan, runs };
}
