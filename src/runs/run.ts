import { resolve } from "node:path";
import { SILENT } from "../core/progress.js";
import type { ResolvedConfig } from "../config/load.js";
import { holdoutOf } from "../config/suite.js";
import type { Phase, Plan } from "../records/plan.js";
import { writeAsked } from "../records/asked.js";
import { openRunStore, type RunStore } from "../records/store.js";
import { readSubmitted } from "../records/submission.js";
import type { Outcome } from "./ledger.js";
import { runHere } from "./local/run-here.js";
import type { RunOptions } from "./options.js";
import { availableDomains } from "./plan/available-domains.js";
import { inputsOf, refuseChanged } from "./plan/inputs.js";
import { continuing } from "./plan/continuing.js";
import { refuseFullDisk } from "./plan/disk.js";
import { planOf } from "./plan/make-plan.js";
import { noticesOf } from "./plan/notices.js";
import { selectCells } from "./plan/select-cells.js";
import { type MethodSensitivity, sensitivities, tuned, type Tuned } from "./search/tuned.js";
import { runOnSlurm } from "./slurm/run-on-slurm.js";

/** Runs an experiment: meta-trains, tunes and meta-tests what is not done yet, and writes a record of every run. A run
 *  that fails is recorded as failed, and the others go on.
 *  @throws UserError for what concerns all runs: data that are missing, a results folder of another plan, an engine that
 *  does not open. Interrupted when the signal stopped it; the same call goes on from there. */
export const run = async (config: ResolvedConfig, options: RunOptions): Promise<Outcome> =>
  (await runPhases(config, options, undefined)).outcome;

/** Learns the learned methods, as `run` does. */
export const metaTrain = async (config: ResolvedConfig, options: RunOptions): Promise<Outcome> =>
  (await runPhases(config, options, ["meta-train"])).outcome;

/** Tunes and trains with every method on what is held out, as `run` does; what is not learned yet is learned first. */
export const metaTest = async (config: ResolvedConfig, options: RunOptions): Promise<Outcome> =>
  (await runPhases(config, options, ["tune", "trial"])).outcome;

/** What became of a search, and what it came to. */
export interface TuneOutcome extends Outcome {
  /** The best point of every method on every holdout that has finished runs. */
  readonly winners: readonly Tuned[];
  /** How much every method's choice of hyper-parameters matters. */
  readonly sensitivity: readonly MethodSensitivity[];
}

/** Searches the hyper-parameters of every method, as `run` does; what is not learned yet is learned first. */
export async function tune(config: ResolvedConfig, options: RunOptions): Promise<TuneOutcome> {
  const { outcome, plan, store } = await runPhases(config, options, ["tune"]);
  return { ...outcome, winners: tuned(plan, config, store), sensitivity: sensitivities(plan, config, store) };
}

async function runPhases(
  asked: ResolvedConfig,
  given: RunOptions,
  phases: readonly Phase[] | undefined,
): Promise<{ readonly outcome: Outcome; readonly plan: Plan; readonly store: RunStore }> {
  // The working folder may vanish under a long run.
  const options = { ...given, results: resolve(given.results), data: resolve(given.data) };
  const { results, data, skipMissing, method, slurm, submission, onNotice } = options;
  const holdout = options.holdout === undefined ? undefined : holdoutOf(asked, options.holdout);
  const store = openRunStore(results, asked.experimentFolder);
  store.checkWritable();
  const held = store.plan();
  const { config, more } = continuing(asked, held);
  const available = availableDomains(config, data, skipMissing ?? false);
  const plan = { ...planOf(config, available), ...more };
  const { domains } = available;
  for (const notice of noticesOf(config, plan)) onNotice?.(notice);
  const cells = selectCells(plan, { phases, holdout, method });
  refuseFullDisk(cells, config, domains, store);
  if (submission === undefined) {
    writeAsked(store.folder, { phases: phases && [...phases], holdout, method }, held === undefined);
    store.writePlan(plan);
  } else {
    refuseChanged(readSubmitted(submission).inputs, inputsOf(config, domains));
    store.checkPlan(plan);
  }
  const work = { config, plan, cells, store, domains, dataFolder: data };
  const watch = {
    progress: options.progress ?? SILENT,
    signal: options.signal ?? new AbortController().signal,
    onFinished: options.onFinished,
  };
  const outcome = await (slurm === undefined ? runHere(work, options, watch) : runOnSlurm(work, slurm, options, watch));
  return { outcome, plan, store };
}
