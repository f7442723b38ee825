import { z } from "zod";
import { measured } from "./number.js";
import { numericsSchema } from "./numerics.js";
import { resolvedConfig, runId } from "./plan.js";
import { dataTag, engineSchema, gitSchema, hardwareSchema } from "./provenance.js";

export const ANALYSIS_VERSION = 1;

const count = z.int().nonnegative();
const milliseconds = z.number().nonnegative();

const common = {
  schemaVersion: z.literal(ANALYSIS_VERSION),
  /** Of the program that made it, and the runs that it was made of. */
  numerics: numericsSchema,
  /** Content hash of the numerics, the kind, its settings and what it was made of. */
  id: runId,
  experiment: z.string(),
  preset: z.string(),
  configHash: z.string(),
  config: resolvedConfig,
  /** What decides the numbers besides the runs: resolved settings of this analysis. */
  settings: z.record(z.string(), z.unknown()),
  /** The runs it was made of; none for what trains nothing. */
  runs: z.array(runId),
  /** Null where no tensor was used. */
  engine: engineSchema.nullable(),
  hardware: hardwareSchema,
  git: gitSchema,
  dataTag: dataTag.optional(),
  startedAt: z.string(),
  finishedAt: z.string(),
  wallMilliseconds: milliseconds,
};

/** A trained model that was looked at. */
const solution = { method: z.string(), dataset: z.string(), trial: count };

const family = z.enum(["top", "bottom"]);

/** The diagonal preconditioner of a quadratic family. Series `learning`: outer_step, objective, m0, m1. */
const quadraticLearning = z.strictObject({
  kind: z.literal("quadratic-learning"),
  ...common,
  family,
  hypergradient: z.enum(["general", "closed-form"]),
  preconditioner: z.array(z.number()),
});

/** One method on the test tasks of a quadratic family. Series `tasks`: task, iterations, converged (0 or 1);
 *  `trajectory`: step, x, y of task 0, whose f(θ) = θᵀQθ − bᵀθ is `problem`. */
const quadratic = z.strictObject({
  kind: z.literal("quadratic"),
  ...common,
  family,
  method: z.string(),
  /** tuned: the best rate of the method's grid; same-lr: one rate for all methods. */
  variant: z.enum(["tuned", "same-lr"]),
  learningRate: z.number(),
  tasks: count,
  converged: count,
  meanIterations: z.number(),
  medianIterations: z.number(),
  problem: z.strictObject({ q: z.array(z.number()), b: z.array(z.number()) }),
});

/** Largest algebraic eigenvalues of the training loss' Hessian at a solution, the largest first. */
const sharpness = z.strictObject({
  kind: z.literal("sharpness"),
  ...common,
  ...solution,
  images: count,
  eigenvalues: z.array(z.number()),
  /** Of every one, |Hv − λv| as Lanczos' recurrence estimates it. */
  estimates: z.array(z.number()).optional(),
  /** |Hv − λv| of the largest, measured. */
  residual: z.number(),
  converged: z.boolean(),
  products: count,
  /** λ|θ|², which rescaling the layers of a ReLU net does not change. */
  scaleFreeEigenvalue: z.number(),
});

/** The training loss along the top eigenvector. Series `landscape`: t, loss. */
const landscape = z.strictObject({
  kind: z.literal("landscape"),
  ...common,
  ...solution,
  images: count,
  /** Training loss at t = 0. */
  loss: measured,
  /** Mean over the grid of L(θ + td) − L(θ). */
  rise: measured,
});

/** Singular values of the penultimate features. Series `singular_values`: index, value (divided by the largest). */
const rank = z.strictObject({
  kind: z.literal("rank"),
  ...common,
  ...solution,
  split: z.enum(["train", "test"]),
  images: count,
  features: count,
  /** The paper's −Σ l̃ ln l̃ with l̃ = l / l_max. */
  score: z.number(),
  /** Ours: the entropy of l / Σ l. */
  entropy: z.number(),
});

/** Theorem 4.1's bound, as printed and corrected, a row per setting. */
const certificate = z.strictObject({
  kind: z.literal("certificate"),
  ...common,
  part: z.enum(["A", "B", "C"]),
  rows: z.array(
    z.strictObject({
      setting: z.string(),
      /** Which preconditioner, like "identity" or "learned". */
      preconditioner: z.string(),
      tasks: count,
      steps: count,
      eta: z.number(),
      c: z.number(),
      r: z.number(),
      delta: z.number(),
      /** Bound of the gradient noise; absent: none. */
      sigmaSquared: measured.optional(),
      meanDivergence: measured,
      /** Mean sub-optimality on novel tasks; absent where no optimum is known. */
      suboptimality: measured.optional(),
      boundPrinted: measured,
      boundCorrected: measured,
      /** Frequency with which the bound held over redraws. */
      coveragePrinted: z.number().optional(),
      coverageCorrected: z.number().optional(),
      /** Conditions of the theorem that do not hold; empty when all do. */
      violated: z.array(z.string()),
    }),
  ),
});

const agreement = z.strictObject({
  cosine: measured,
  /** |the mode's| / |the true one|. */
  lengthRatio: measured,
});

/** The hypergradients of MetaMD's modes beside the true derivative of the Bregman objective, on inner runs of one seed. */
const hypergradient = z.strictObject({
  kind: z.literal("hypergradient"),
  ...common,
  seed: count,
  /** T, ascending. */
  horizons: z.array(count),
  points: z.array(
    z.strictObject({
      /** Before anything is learned, and after. */
      point: z.enum(["first", "learned"]),
      /** |a|² and |b|² of every block. */
      blocks: z.record(z.string(), z.strictObject({ s: z.number(), t: z.number() })),
      /** Mini-batch loss of the last step, by horizon. */
      losses: z.array(measured),
    }),
  ),
  rows: z.array(
    z.strictObject({
      point: z.enum(["first", "learned"]),
      horizon: count,
      /** A parameter that has a block, or "all" of them as one vector. */
      layer: z.string(),
      /** Of the true derivative. */
      length: measured,
      /** By mode: those with the exact inverse, and alg2 with the Neumann series as "neumann". */
      modes: z.record(z.string(), agreement),
    }),
  ),
});

/** Time of one training iteration, methods interleaved. */
const stepTimes = z.strictObject({
  kind: z.literal("step-times"),
  ...common,
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

/** Parameters that a learned method learns for the experiment's model, its head left out. */
const metaParameters = z.strictObject({
  kind: z.literal("meta-parameters"),
  ...common,
  modelParameters: count,
  rows: z.array(z.strictObject({ method: z.string(), count: count, byBlock: z.record(z.string(), count) })),
});

/** Images of every domain as loaded. */
const datasets = z.strictObject({
  kind: z.literal("datasets"),
  ...common,
  rows: z.array(
    z.strictObject({
      domain: z.string(),
      group: z.enum(["meta_train", "meta_test", "both"]),
      train: count,
      validation: count,
      test: count,
      classes: count,
      tag: dataTag,
    }),
  ),
});

/** `analyses/<id>/record.json`: what an analysis came to. Curves lie beside it as `<series>.csv`. */
export const analysisSchema = z.discriminatedUnion("kind", [
  quadraticLearning,
  quadratic,
  sharpness,
  landscape,
  rank,
  certificate,
  hypergradient,
  stepTimes,
  metaParameters,
  datasets,
]);
export type AnalysisRecord = z.output<typeof analysisSchema>;
export type AnalysisKind = AnalysisRecord["kind"];
/** The record of one kind. */
export type AnalysisOf<Kind extends AnalysisKind> = Extract<AnalysisRecord, { kind: Kind }>;

export type QuadraticLearning = AnalysisOf<"quadratic-learning">;
export type QuadraticResult = AnalysisOf<"quadratic">;
export type HypergradientRecord = AnalysisOf<"hypergradient">;
export type CertificateRow = AnalysisOf<"certificate">["rows"][number];

/** The series that the record of a kind has beside it. */
interface Series {
  "quadratic-learning": "learning";
  quadratic: "tasks" | "trajectory";
  sharpness: never;
  landscape: "landscape";
  rank: "singular_values";
  certificate: never;
  hypergradient: never;
  "step-times": never;
  "meta-parameters": never;
  datasets: never;
}
export type SeriesOf<Kind extends AnalysisKind> = Series[Kind];
