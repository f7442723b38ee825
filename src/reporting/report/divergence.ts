import type { RunRecord } from "../../records/record.js";

type Divergence = NonNullable<RunRecord["divergence"]>;

/** Where and how a run diverged, like "at step 23, no finite gradient of fc1.weight". */
export function divergenceWords({ step, brokenGradients, brokenValues = [], evaluationLoss }: Divergence): string {
  const some = (names: readonly string[]): string => names.slice(0, 3).join(", ");
  return [
    `at step ${step}`,
    ...(brokenGradients.length > 0 ? [`no finite gradient of ${some(brokenGradients)}`] : []),
    ...(brokenValues.length > 0 ? [`by its last update: no finite numbers in ${some(brokenValues)}`] : []),
    ...(evaluationLoss !== undefined ? [`by its last update: the loss of the evaluation is ${evaluationLoss}`] : []),
  ].join(", ");
}
