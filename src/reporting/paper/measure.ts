import { measureTrials, METRICS } from "../measured/trials.js";
import { measureRanges, measureWeightDecays } from "../measured/weight-decays.js";
import { EMPTY_CELL, type MeasuredCell, type Measurements } from "../measured/measurements.js";
import type { ClaimMetric } from "./paper-results.js";
import { experimentOf, ofOneKind } from "../evidence.js";
import type { Evidence } from "../study-show.js";
import type { Experiment } from "../experiment.js";
import { sizeOf } from "../presets.js";

/** Values of a metric from what was run for one of the paper's experiments; undefined where nothing was.
 *  @param id like "E5"; the analyses of trained models take the weights of "E5" for "E6" and "E7". */
export function measure(evidence: Evidence, id: string, metric: ClaimMetric): Measurements | undefined {
  const experiment = mainExperiment(evidence, id);
  switch (metric) {
    case "test_accuracy":
      return experiment && measureTrials(experiment, METRICS.accuracy);
    case "train_loss_auc":
      if (experiment === undefined) return undefined;
      // The one experiment whose question is the weight decay itself.
      return id === "E9" ? measureWeightDecays(experiment) : measureTrials(experiment, METRICS.auc);
    case "auc_relative_range":
      return experiment && measureRanges(experiment);
    default:
      return measureOfStudy(evidence, [id, ...(MODELS_OF[id] ?? []), WEIGHTS_OF], metric);
  }
}

/** The experiment whose trained models the paper's analyses look at. */
const WEIGHTS_OF = "E5";
/** What trains models for these analyses alone: one config for Figures 7 and 8. */
const MODELS_OF: Readonly<Record<string, readonly string[]>> = { E7: ["E6"] };

function measureOfStudy(
  evidence: Evidence,
  experiments: readonly string[],
  metric: ClaimMetric,
): Measurements | undefined {
  const [measureIt] = evidence.studies.flatMap(({ measures }) => measures?.[metric] ?? []);
  return measureIt?.(evidence, experiments);
}

/** All runs of one of the paper's experiments with the numerics and at the preset that say most. */
function experimentsOf(evidence: Evidence, id: string): Experiment[] {
  const best = experimentOf(evidence, id);
  if (best === undefined) return [];
  return evidence.experiments.filter(({ plan }) => plan.config["experiment"] === id && ofOneKind(plan, best.plan));
}

/** The one that makes the paper's table, where several are of the same experiment. */
function mainExperiment(evidence: Evidence, id: string): Experiment | undefined {
  const all = experimentsOf(evidence, id);
  return all.find(({ plan }) => plan.table !== undefined) ?? all[0];
}

/** The AUCs of an experiment's runs on domains that its learned methods learned on, and on others. */
export function measureSides(
  evidence: Evidence,
  id: string,
): Readonly<Record<"metaTrain" | "metaTest", Measurements>> | undefined {
  const all = experimentsOf(evidence, id);
  if (all.length === 0) return undefined;
  const side = (learned: boolean): Measurements => {
    const parts = all.flatMap((experiment) => {
      const measured = measureTrials(experiment, METRICS.auc);
      const places = measured.columns.flatMap(({ id }, i) => (learnedOn(experiment, id) === learned ? [i] : []));
      return [{ measured, places }];
    });
    const columns = parts.flatMap(({ measured, places }) => places.map((i) => measured.columns[i]!));
    const methods = new Set(parts.flatMap(({ measured }) => [...measured.rows.keys()]));
    const row = (method: string): MeasuredCell[] =>
      parts.flatMap(({ measured, places }) => places.map((i) => measured.rows.get(method)?.[i] ?? EMPTY_CELL));
    const { plan } = all[0]!;
    const [preset, numerics] = [sizeOf(plan), plan.numerics];
    return { preset, numerics, columns, rows: new Map([...methods].map((method) => [method, row(method)])) };
  };
  return { metaTrain: side(true), metaTest: side(false) };
}

const learnedOn = ({ plan }: Experiment, domain: string): boolean =>
  plan.cells.some((cell) => cell.phase === "trial" && cell.holdout === domain && cell.metaTrain.includes(domain));
