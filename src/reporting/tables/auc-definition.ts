import type { Experiment } from "../experiment.js";

/** What the AUC of an experiment is, in words; without one, as the paper's tables have it. */
export function aucDefinition(experiment: Experiment | undefined): string {
  const training = experiment?.plan.config.training as { steps?: number | string; aucWindowSteps?: number } | undefined;
  const points =
    training === undefined || typeof training.steps === "string"
      ? "the mini-batch losses' mean of every epoch"
      : `the mini-batch losses' mean of every ${training.aucWindowSteps ?? 50} steps`;
  return `AUC: trapezoid over ${points}, unit spacing, not normalised by the length.`;
}
