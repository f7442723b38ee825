import type { CertificateRow } from "./record.js";
import { bounds, violations } from "./bound.js";
import type { CertificateConfig } from "./settings.js";
import { OWN_LEARNERS } from "../../meta/index.js";
import { metamdSettings } from "../../meta/metamd/settings.js";
import type { OwnLearnerId } from "../../optimisers/index.js";
import type { CurveRow } from "../../records/curve.js";
import { NUMERICS, numericsInWords } from "../../records/numerics.js";
import type { RunRecord } from "../../records/record.js";
import { listExperiments, openRunStore } from "../../records/store.js";

/** A finished meta-training of MetaMD: its record, and its last outer step. */
export interface LoggedLearning {
  readonly record: RunRecord;
  readonly last: CurveRow;
}

/** The meta-trainings of MetaMD in a results folder; `unusable`: those that cannot be certified, and why. */
export function loggedLearnings(results: string): {
  readonly usable: readonly LoggedLearning[];
  readonly unusable: readonly { readonly run: string; readonly why: string }[];
} {
  const found = listExperiments(results).flatMap((experiment) => {
    const store = openRunStore(results, experiment);
    return store.list().flatMap((id) => {
      const record = store.read(id);
      const { phase, method } = record.cell;
      if (phase !== "meta-train" || !isMetamd(method) || record.state !== "done") return [];
      const last = store.curve(id).at(-1);
      return last === undefined ? [] : [{ record, last }];
    });
  });
  const faultOf = ({ record, last }: LoggedLearning): string | undefined => {
    if (record.numerics !== NUMERICS) return `it is of ${numericsInWords(record.numerics)}`;
    const whole = last.displacement !== undefined && last.restDivergence !== undefined;
    return whole ? undefined : "its log has no displacements; meta-train it again";
  };
  return {
    usable: found.filter((one) => faultOf(one) === undefined),
    unusable: found.flatMap((one) => {
      const why = faultOf(one);
      return why === undefined ? [] : [{ run: `${one.record.experiment}/${one.record.id}`, why }];
    }),
  };
}

const isMetamd = (method: string): boolean =>
  Object.hasOwn(OWN_LEARNERS, method) && OWN_LEARNERS[method as OwnLearnerId].create === OWN_LEARNERS.metamd.create;

/** Part C: the same numbers for deep nets, from the last outer step of a meta-training, with θ_T for θ*: C = |M − I|_F and
 *  r the largest displacement, both of these very data. σ² is at most the training loss that is left. */
export function certifyDeep(
  { delta }: Pick<CertificateConfig, "delta">,
  { record, last }: LoggedLearning,
): CertificateRow {
  const { cell, config, experiment } = record;
  const all = config.metaTraining as Readonly<Record<string, unknown>>;
  const settings = metamdSettings.parse(all[cell.method]);
  const tasks = cell.metaTrain.length;
  const finished = tasks - (last.divergedRuns ?? 0);
  /** Means of the log count diverged runs as 0. */
  const ofFinished = (logged: number): number => (logged * tasks) / finished;
  const premises = {
    meanDivergence: ofFinished(last.bregman! + last.restDivergence!),
    tasks,
    eta: settings.innerLearningRate,
    steps: settings.innerSteps,
    c: last.distance!,
    r: last.displacement!,
    delta,
    sigmaSquared: ofFinished(last.lastLoss!),
  };
  const { printed, corrected } = bounds(premises);
  const { c, eta } = premises;
  const conditions = { convex: false, fixedBefore: false, independent: false, distance: c, c, eta };
  const holdout = "holdout" in cell && cell.holdout !== undefined ? ` without ${cell.holdout}` : "";
  return {
    setting: `${experiment}${holdout}`,
    preconditioner: `learned by ${cell.method}`,
    ...premises,
    boundPrinted: printed,
    boundCorrected: corrected,
    violated: violations({ ...conditions, largestEta: undefined }),
  };
}
