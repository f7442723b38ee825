import { z } from "zod";
import { analysisKind, type RecordOf } from "../../records/analysis.js";

const count = z.int().nonnegative();
const milliseconds = z.number().nonnegative();

/** Time of one training iteration, methods interleaved. */
export const stepTimesKind = analysisKind("step-times", {
  batchSize: count,
  image: z.string(),
  rows: z.array(
    z.strictObject({
      method: z.string(),
      mean: milliseconds,
      std: milliseconds,
      median: milliseconds.optional(),
      /** Timed blocks and steps a block. */
      blocks: count,
      blockSteps: count,
      /** Shares of the mean, in milliseconds: forward and backward pass; what the rule adds to a step of plain SGD; what
       *  that adds to the gradient. The last two are differences, which noise can make negative. */
      gradient: milliseconds,
      preconditioning: z.number(),
      update: z.number(),
      gradientEvaluations: z.number().optional(),
    }),
  ),
});
export type StepTimes = RecordOf<typeof stepTimesKind>;

/** Parameters that a learned method learns for the experiment's model, its head left out. */
export const metaParametersKind = analysisKind("meta-parameters", {
  modelParameters: count,
  rows: z.array(z.strictObject({ method: z.string(), count: count, byBlock: z.record(z.string(), count) })),
});
export type MetaParameters = RecordOf<typeof metaParametersKind>;
