import { mean, median } from "../../core/averages.js";
import { groupBy } from "../../core/group.js";
import { order } from "../../core/noise.js";
import type { RunRecord } from "../../records/record.js";
import { shownExperiments } from "../evidence.js";
import type { Experiment } from "../experiment.js";
import type { Evidence } from "../study-show.js";
import { spreadOf, trialsOf, windowedCurve } from "./curves.js";
import { accuracyOf } from "./trials.js";

/** How far a run may stay behind the best baseline: a share of its loss, points of its accuracy. */
export const SLACK = { loss: 0.05, accuracy: 0.01 } as const;

/** What a trial has to reach. */
export type Measure = "loss" | "accuracy";
/** What is counted: steps, seconds of the trial alone, or with its share of the meta-training. */
export type Clock = "steps" | "alone" | "amortised";

/** What a method's trial took to the target; Infinity where it did not reach it. */
interface Reached extends Readonly<Record<Clock, number>> {
  /** Of the run. */
  readonly id: string;
  readonly method: string;
  readonly dataset: string;
  readonly trial: number;
  readonly target: number;
}

/** What a method took to the target on a data set: the median of its trials, so that half of them have to reach it. */
export interface MedianTime extends Readonly<Record<Clock, number>> {
  readonly method: string;
  readonly dataset: string;
  readonly target: number;
  readonly trials: readonly Reached[];
  /** How many of them reached the target. */
  readonly solved: number;
}

/** Sums trials up by method and data set, in the order of the trials. */
export const medianTimes = (reached: readonly Reached[]): MedianTime[] =>
  [...groupBy(reached, ({ dataset, method }) => `${dataset} ${method}`).values()].map((trials) => {
    const { method, dataset, target } = trials[0]!;
    const middle = (clock: Clock): number => median(trials.map((one) => one[clock]));
    return {
      method,
      dataset,
      target,
      trials,
      solved: trials.filter(({ alone }) => Number.isFinite(alone)).length,
      steps: middle("steps"),
      alone: middle("alone"),
      amortised: middle("amortised"),
    };
  });

/** An experiment, and what each of its trials took. */
export interface HeldProfile {
  readonly experiment: Experiment;
  readonly reached: Readonly<Record<Measure, readonly Reached[]>>;
}

/** Its trials differ in weight decay, so they are no repetitions. */
const SHIFTED = "E9";

/** Experiments whose trials are repetitions, with what each trial took; those without any target are left out. */
export const heldProfiles = (evidence: Evidence): HeldProfile[] =>
  shownExperiments(evidence)
    .filter(({ plan }) => plan.config["experiment"] !== SHIFTED)
    .map((experiment) => ({
      experiment,
      reached: { loss: reachedBy(experiment, "loss"), accuracy: reachedBy(experiment, "accuracy") },
    }))
    .filter(({ reached }) => reached.loss.length > 0);

/** Every finished trial on every data set that has a target, in the order of the plan. */
function reachedBy(experiment: Experiment, measure: Measure): Reached[] {
  const { plan } = experiment;
  return plan.holdouts.flatMap((dataset) => {
    const trials = plan.methods.flatMap(({ id: method }) => trialsOf(experiment, method, [dataset]).records);
    const goal = targetOf(experiment, trials, measure);
    if (goal === undefined) return [];
    const shares = new Map(plan.methods.map(({ id }) => [id, shareOfMetaTraining(experiment, id, dataset)]));
    return trials.flatMap((record): Reached[] => {
      const { method } = record.cell;
      const { steps, seconds } = costTo(experiment, record, measure, goal);
      const amortised = seconds + shares.get(method)!;
      const trial = record.cell.phase === "trial" ? record.cell.trial : 0;
      return [{ id: record.id, method, dataset, trial, target: goal, steps, alone: seconds, amortised }];
    });
  });
}

/** What the best baseline ends with, with the slack; undefined without any. */
function targetOf(experiment: Experiment, trials: readonly RunRecord[], measure: Measure): number | undefined {
  const baselines = [
    ...groupBy(
      trials.filter(({ cell }) => cell.metaTrain.length === 0),
      ({ cell }) => cell.method,
    ).values(),
  ];
  const ends = baselines.flatMap((ones) => {
    const values = ones.map((record) => (measure === "loss" ? lastLoss(experiment, record) : accuracyOf(record)));
    return values.includes(undefined) ? [] : [spreadOf(values as number[]).mean];
  });
  const known = ends.filter(Number.isFinite);
  if (known.length === 0) return undefined;
  return measure === "loss" ? Math.min(...known) * (1 + SLACK.loss) : Math.max(...known) - SLACK.accuracy;
}

/** Mean training loss over the last window; infinite where the run diverged. */
function lastLoss(experiment: Experiment, record: RunRecord): number {
  return record.state === "diverged" ? Infinity : (windowedCurve(experiment, record).losses.at(-1) ?? Infinity);
}

interface Cost {
  readonly steps: number;
  readonly seconds: number;
}
const NEVER: Cost = { steps: Infinity, seconds: Infinity };

/** Steps and seconds to the first window whose mean loss is the goal's or less, or of the run whose accuracy is enough. */
function costTo(experiment: Experiment, record: RunRecord, measure: Measure, goal: number): Cost {
  const { losses, at } = windowedCurve(experiment, record);
  const costAt = (window: number): Cost =>
    window < 0 ? NEVER : { steps: at.step[window]!, seconds: at.time[window]! };
  if (measure === "loss") return costAt(losses.findIndex((loss) => order(loss, goal) <= 0));
  const enough = record.state === "done" && order(record.metrics.testAccuracy ?? 0, goal) >= 0;
  return enough ? costAt(losses.length - 1) : NEVER;
}

/** Seconds of the method's meta-training for a holdout that each of its runs there bears. */
function shareOfMetaTraining({ plan, records }: Experiment, method: string, holdout: string): number {
  const runs = plan.cells.filter(
    (cell) => cell.phase !== "meta-train" && cell.method === method && cell.holdout === holdout,
  );
  const needed = new Set(runs.flatMap(({ dependsOn }) => dependsOn));
  const learned = plan.cells.filter(({ id, phase }) => phase === "meta-train" && needed.has(id));
  const seconds = learned.reduce((sum, { id }) => sum + (records.get(id)?.timings.wallMilliseconds ?? 0) / 1000, 0);
  return runs.length === 0 ? 0 : seconds / runs.length;
}

/** What steps are saved against. */
const BASE = "sgd_momentum";

/** Share of SGD-M's steps that a method does without until it has the training loss that SGD-M ends with (the mean of its
 *  trials' last windows): 1 − median steps / SGD-M's steps, the mean over the data sets. Where half of the trials do not
 *  get there it is 0. Undefined without a finished trial of both on any data set, or where SGD-M diverged. */
export function stepsSaved(experiment: Experiment, method: string): number | undefined {
  const saved = experiment.plan.holdouts.flatMap((dataset) => {
    const base = trialsOf(experiment, BASE, [dataset]).records;
    const own = trialsOf(experiment, method, [dataset]).records;
    const goal = mean(base.map((record) => lastLoss(experiment, record)));
    if (own.length === 0 || !Number.isFinite(goal)) return [];
    const steps = median(own.map((record) => costTo(experiment, record, "loss", goal).steps));
    const whole = median(base.map(({ counts }) => counts.steps));
    return [Number.isFinite(steps) ? 1 - steps / whole : 0];
  });
  return saved.length === 0 ? undefined : mean(saved);
}
