import { finalTrainingLoss, trainingLossAuc } from "../../core/auc.js";
import { milliseconds } from "../../core/clock.js";
import { namesNotFinite } from "../../core/finite.js";
import type { Leaves } from "../../core/tree.js";
import type { BatchRecipe, Domain, Normalisation, Split } from "../../data/index.js";
import type { HostArray } from "../../engine/host.js";
import type { TrainingCurveRow } from "../../records/curve.js";
import type { RunRecord } from "../../records/record.js";
import type { Evaluation } from "../../training/evaluate.js";
import { chunkSizes, imageChunks } from "../../training/images.js";
import type { TrainProgress } from "../../training/train.js";
import { SPLITS } from "../plan/cell-steps.js";
import type { Session } from "./session.js";

type Phase = keyof typeof SPLITS;

/** Evaluates a run's weights, and keeps the time that this takes. */
export interface TimedEvaluator {
  evaluate(values: Leaves<HostArray>, split: Split): Evaluation;
  /** Milliseconds so far. */
  spent(): number;
}

export function timedEvaluator(session: Session, domain: Domain, normalisation: Normalisation): TimedEvaluator {
  let spent = 0;
  return {
    evaluate(values, split) {
      const begun = milliseconds();
      const compiled = session.evaluator(domain, chunkSizes(split));
      const evaluation = compiled.evaluate(values, imageChunks(split, normalisation, session.openBatches));
      spent += milliseconds() - begun;
      return evaluation;
    },
    spent: () => spent,
  };
}

/** How a run ended. */
export interface Outcome {
  /** Of guessing, where it diverged. */
  readonly accuracy: Pick<RunRecord["metrics"], "validationAccuracy" | "testAccuracy">;
  /** Absent of a run that did not diverge. */
  readonly divergence: RunRecord["divergence"];
}

/** Judges what training left on the phase's split, which a run whose numbers are broken does not read.
 *  @param values weights and running statistics at the end. */
export async function judge(
  phase: Phase,
  domain: Domain,
  { losses, diverged, brokenGradients }: TrainProgress,
  values: Leaves<HostArray>,
  divergenceLoss: number,
  evaluator: TimedEvaluator,
): Promise<Outcome> {
  const brokenValues = diverged ? [] : namesNotFinite(values);
  const broken = diverged || brokenValues.length > 0;
  const end = broken ? undefined : evaluator.evaluate(values, await domain.split(SPLITS[phase].judged));
  const named = (accuracy: number): Outcome["accuracy"] =>
    phase === "tune" ? { validationAccuracy: accuracy } : { testAccuracy: accuracy };
  // The last step's loss is known nowhere else.
  if (end !== undefined && end.loss <= divergenceLoss) return { accuracy: named(end.accuracy), divergence: undefined };
  const divergence = {
    step: losses.length,
    brokenGradients: [...brokenGradients],
    ...(brokenValues.length > 0 && { brokenValues }),
    ...(end !== undefined && { evaluationLoss: end.loss }),
  };
  return { accuracy: named(guessing(domain)), divergence };
}

/** The accuracy of guessing. */
const guessing = ({ classes }: Domain): number => 1 / classes;

/** @param window steps of a window of the AUC. */
export function metricsOf(
  losses: readonly number[],
  { accuracy, divergence }: Outcome,
  domain: Domain,
  window: number,
): RunRecord["metrics"] {
  const diverged = divergence !== undefined;
  return {
    ...accuracy,
    auc: trainingLossAuc(losses, window, diverged),
    lastTrainLoss: losses.at(-1),
    finalTrainLoss: finalTrainingLoss(losses, window, diverged),
    chance: guessing(domain),
  };
}

/** What a record says of the data of its domain. */
export function dataOf(
  domain: Domain,
  set: "train" | "trainAll",
  { split, batchSize }: BatchRecipe,
): RunRecord["data"] {
  const { id, dataTag, checksum } = domain;
  const isSmall = split.count < batchSize;
  return {
    tag: dataTag,
    checksums: { [id]: checksum },
    ...(isSmall && { smallSets: [{ domain: id, set, images: split.count, batchSize }] }),
  };
}

/** A row per step; those of evaluations, and the last one, have the accuracy. */
export function curveOf(
  { losses, stepEnds }: TrainProgress,
  validation: readonly { step: number; accuracy: number }[],
  perEpoch: number,
  atEnd: object,
): TrainingCurveRow[] {
  const accuracies = new Map(validation.map(({ step, accuracy }) => [step, { validationAccuracy: accuracy }]));
  return losses.map((trainLoss, i) => ({
    step: i + 1,
    epoch: (i + 1) / perEpoch,
    trainLoss,
    ...(i === losses.length - 1 ? atEnd : accuracies.get(i + 1)),
    wallMilliseconds: stepEnds[i]!,
  }));
}
