import { z } from "zod";
import { area, measured, share } from "./number.js";
import { numericsSchema } from "./numerics.js";
import { cell, resolvedConfig, runId, smallSet } from "./plan.js";
import { dataTag, earlierEngines, engineSchema, gitSchema, hardwareSchema } from "./provenance.js";

/** A module from outside that a run was made with: its path as the config has it, and its content. */
const usedPlugin = z.strictObject({ file: z.string(), sha256: z.string() });
export type UsedPlugin = z.output<typeof usedPlugin>;

export const RECORD_VERSION = 1;

const count = z.int().nonnegative();
const milliseconds = z.number().nonnegative();

/** `record.json`: what one run was and came to. */
export const recordSchema = z.strictObject({
  schemaVersion: z.literal(RECORD_VERSION),
  /** Of the program that made it. */
  numerics: numericsSchema,
  id: runId,
  experiment: z.string(),
  preset: z.string(),
  cell,
  configHash: z.string(),
  config: resolvedConfig,
  /** Diverged is a result; failed is none, and the run may be repeated; skipped: the budget of its search was used up. */
  state: z.enum(["done", "diverged", "skipped", "failed"]),
  /** Why a run failed. */
  failure: z.string().optional(),
  /** Where a diverged run ended: its last step, and the parameters whose gradient was no finite number there. Where only
   *  what the last step left shows it: the weights and running statistics that are no finite numbers, or the loss of the
   *  evaluation. */
  divergence: z
    .strictObject({
      step: count,
      brokenGradients: z.array(z.string()),
      brokenValues: z.array(z.string()).optional(),
      evaluationLoss: measured.optional(),
    })
    .optional(),
  /** The file that initial weights came from, and what became of its classifier: fresh where it was for other classes. */
  pretrained: z.strictObject({ sha256: z.string(), head: z.enum(["taken", "fresh"]) }).optional(),
  /** The learned file that was given to be applied, the run that made it, and the numerics that it was learned with. */
  learned: z.strictObject({ sha256: z.string(), run: z.string(), numerics: numericsSchema }).optional(),
  /** The modules from outside that brought its method, learner or model; absent: none. */
  plugins: z.array(usedPlugin).optional(),
  /** The hyper-parameters the run used; absent in meta-training and where it was skipped. */
  selected: z
    .strictObject({
      learningRate: z.number(),
      weightDecay: z.number(),
      /** Edges of the tuning space the winner lies on, like "learningRate:high". */
      gridEdge: z.array(z.string()),
      /** Of a trial: how clearly tuning chose the point, as `Margin` in tuning/select.ts; absent of a single point. */
      margin: z.strictObject({ images: z.number(), errorImages: z.number().nonnegative(), tied: count }).optional(),
      /** Upper bound of the validation accuracy that made Bayesian optimisation choose the point. */
      acquisition: z.number().optional(),
    })
    .optional(),
  metrics: z.strictObject({
    validationAccuracy: share.optional(),
    testAccuracy: share.optional(),
    /** Training-loss AUC; absent for runs shorter than two windows. */
    auc: area.optional(),
    lastTrainLoss: measured.optional(),
    /** Mean over the last window of the AUC: what tuning breaks ties by. Absent in meta-training. */
    finalTrainLoss: measured.optional(),
    /** Accuracy of guessing: what a diverged run counts as. */
    chance: share,
  }),
  counts: z.strictObject({
    steps: count,
    /** Passes over the training split. */
    epochs: z.number().nonnegative(),
    /** How often the test split was read. */
    testReads: count,
    /** Images that the accuracy is of; absent in meta-training. */
    images: count.optional(),
    /** Gradients that meta-training evaluated. */
    gradientEvaluations: count.optional(),
  }),
  timings: z.strictObject({
    dataMilliseconds: milliseconds,
    stepMilliseconds: milliseconds,
    evaluationMilliseconds: milliseconds,
    wallMilliseconds: milliseconds,
  }),
  /** Bytes that its process had held at most until then, whatever else it ran before; earlier programs did not say. */
  peakMemoryBytes: z.int().positive().optional(),
  engine: engineSchema,
  earlierEngines,
  hardware: hardwareSchema,
  git: gitSchema,
  data: z.strictObject({
    tag: dataTag,
    /** Checksum of every domain the run read. */
    checksums: z.record(z.string(), z.string()),
    /** What it was trained on that is smaller than a batch; absent: nothing. */
    smallSets: z.array(smallSet).optional(),
  }),
  startedAt: z.string(),
  finishedAt: z.string(),
  /** Of a trial: the run of the same folder that made these numbers, before its plan grew. */
  sameAs: runId.optional(),
});
export const RECORD_FILE = { schema: recordSchema, version: RECORD_VERSION, what: "a run record" };
export type RunRecord = z.output<typeof recordSchema>;

/** A run that need not be repeated. */
export const isFinished = (record: Pick<RunRecord, "state"> | undefined): boolean =>
  record !== undefined && record.state !== "failed";
