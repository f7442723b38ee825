import { mean } from "../../core/averages.js";
import type { MeasuredCell, Measurements } from "./measurements.js";
import type { Experiment } from "../experiment.js";
import type { TrialCell } from "../../records/plan.js";
import { aucOf, isStandIn } from "./trials.js";
import { sizeOf } from "../presets.js";

const trialCells = ({ plan }: Experiment): TrialCell[] =>
  plan.cells.filter((cell): cell is TrialCell => cell.phase === "trial");

/** One trial of one method on one domain at one weight decay. */
interface Shifted {
  readonly method: string;
  readonly domain: string;
  readonly trial: number;
  readonly weightDecay: number;
  readonly auc: number;
  readonly run: string;
}

/** AUCs under a shift of the weight decay; domains on which some planned trial has none are left out for all methods. */
function shiftedTrials(experiment: Experiment): { all: Shifted[]; unfinished: Set<string>; weightDecays: number[] } {
  const unfinished = new Set<string>();
  const all = trialCells(experiment).flatMap(({ id, method, holdout, trial, weightDecay }): Shifted[] => {
    const record = experiment.records.get(id);
    const auc = record === undefined || record.state === "failed" ? undefined : aucOf(record);
    const decay = record?.selected?.weightDecay ?? weightDecay;
    if (auc !== undefined && decay !== undefined)
      return [{ method, domain: holdout, trial, weightDecay: decay, auc, run: id }];
    unfinished.add(holdout);
    return [];
  });
  const weightDecays = [...new Set(all.map(({ weightDecay }) => weightDecay))].sort((a, b) => a - b);
  return { all, unfinished, weightDecays };
}

/** AUC by weight decay, over the domains whose trials have all ended: a column per weight decay, a pair per domain and
 *  trial. It is made of drawn data as soon as one domain is. */
export function measureWeightDecays(experiment: Experiment): Measurements {
  const { plan } = experiment;
  const { all, unfinished, weightDecays } = shiftedTrials(experiment);
  const ended = all.filter(({ domain }) => !unfinished.has(domain));
  const standIn = plan.holdouts.some((domain) => isStandIn(experiment, domain));
  const cell = (method: string, weightDecay: number): MeasuredCell => {
    const held = ended.filter((one) => one.method === method && one.weightDecay === weightDecay);
    return {
      values: new Map(held.map(({ domain, trial, auc }) => [`${domain} ${trial}`, auc])),
      runs: held.map(({ run }) => run),
      ...(held.length === 0 && { incomplete: "no domain whose trials have all ended" }),
    };
  };
  return {
    preset: sizeOf(plan),
    numerics: plan.numerics,
    columns: weightDecays.map((weightDecay) => ({ id: String(weightDecay), standIn })),
    rows: new Map(plan.methods.map(({ id }) => [id, weightDecays.map((weightDecay) => cell(id, weightDecay))])),
  };
}

/** Relative range of the AUC over the weight decays, (max − min) / mean, of every trial: a column per domain. Of a trial
 *  that diverged at some weight decay it is infinite. */
export function measureRanges(experiment: Experiment): Measurements {
  const { plan } = experiment;
  const { all, unfinished, weightDecays } = shiftedTrials(experiment);
  const cell = (method: string, domain: string): MeasuredCell => {
    const held = all.filter((one) => one.method === method && one.domain === domain);
    const trials = [...new Set(held.map(({ trial }) => trial))];
    const areas = (trial: number): number[] => held.flatMap((one) => (one.trial === trial ? [one.auc] : []));
    return {
      values: new Map(trials.map((trial) => [String(trial), relativeRange(areas(trial))])),
      runs: held.map(({ run }) => run),
      ...((unfinished.has(domain) || weightDecays.length < 2) && { incomplete: "not every weight decay has ended" }),
    };
  };
  return {
    preset: sizeOf(plan),
    numerics: plan.numerics,
    columns: plan.holdouts.map((id) => ({ id, standIn: isStandIn(experiment, id) })),
    rows: new Map(plan.methods.map(({ id }) => [id, plan.holdouts.map((domain) => cell(id, domain))])),
  };
}

/** (max − min) / mean; infinite where a value is. */
const relativeRange = (values: readonly number[]): number =>
  values.every(Number.isFinite) ? (Math.max(...values) - Math.min(...values)) / mean(values) : Infinity;
