import { mean, median } from "../../core/averages.js";
import type { Experiment } from "../experiment.js";
import { trialsOf } from "./curves.js";
import { costTo, lastLoss } from "./time-to-target.js";

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
