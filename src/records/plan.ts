import { z } from "zod";
import { look } from "../core/look.js";
import { numericsSchema } from "./numerics.js";

export const PLAN_VERSION = 1;

/** Ids are content hashes: `contentId` of what decides the run's numbers. */
export const runId = z.string().regex(/^[0-9a-f]{16}$/);

const common = {
  id: runId,
  method: z.string(),
  /** Decides initial weights and batch order. */
  seed: z.int(),
  /** Domains a learned method was meta-trained on; empty for others. */
  metaTrain: z.array(z.string()),
  /** Runs that have to be finished before this one. */
  dependsOn: z.array(runId),
};
const target = { holdout: z.string() };
const point = { learningRate: z.number().optional(), weightDecay: z.number().optional() };
const search = z.strictObject({
  /** Its place in the method's search on the holdout, or in a rung. */
  index: z.int().nonnegative(),
  /** Of early stopping: runs of one length. */
  rung: z.int().nonnegative().optional(),
  steps: z.int().positive().optional(),
});

/** One run of an experiment. */
export const cell = z.discriminatedUnion("phase", [
  /** Learns a method on `metaTrain`; `holdout` where it is one of a leave-one-out. */
  z.strictObject({ phase: z.literal("meta-train"), ...common, holdout: z.string().optional() }),
  /** Tries one point of the tuning space: trains without validation images, measures on them. Without a point, it takes
   *  the one that the search asks for after the runs before it. */
  z.strictObject({ phase: z.literal("tune"), ...common, ...target, ...point, search: search.optional() }),
  /** Trains on all training images and reads the test split once. What of a point is absent is
   *  the tuning's winner's. */
  z.strictObject({
    phase: z.literal("trial"),
    ...common,
    ...target,
    trial: z.int().nonnegative(),
    ...point,
  }),
]);
export type Cell = z.output<typeof cell>;
export type Phase = Cell["phase"];
export type MetaTrainCell = Extract<Cell, { phase: "meta-train" }>;
export type TuneCell = Extract<Cell, { phase: "tune" }>;
export type TrialCell = Extract<Cell, { phase: "trial" }>;

export const resolvedConfig = z.record(z.string(), z.unknown());

/** What runs are trained on: of tuning, of trials and most meta-training, and the parts of the latter where a tenth is held
 *  out to judge by. */
const TRAINING_SETS = ["train", "trainAll", "nine tenths of trainAll", "a tenth of trainAll"] as const;

/** A set of training images smaller than a batch: it is one batch. */
export const smallSet = z.strictObject({
  domain: z.string(),
  set: z.enum(TRAINING_SETS),
  images: z.int().positive(),
  /** Of the smallest draw of so many classes; absent: of all. */
  classes: z.int().positive().optional(),
  batchSize: z.int().positive(),
});
export type SmallSet = z.output<typeof smallSet>;

/** `results/<experiment>/plan.json`: every run of an experiment; once written it only grows. */
export const planSchema = z.strictObject({
  schemaVersion: z.literal(PLAN_VERSION),
  /** Of the program that makes its runs. */
  numerics: numericsSchema,
  /** The results folder's name: the config's name, and the preset's unless it is paper. */
  experiment: z.string(),
  title: z.string().optional(),
  /** The paper's table that the experiment makes, like "table1_top". */
  table: z.string().optional(),
  preset: z.string(),
  configHash: z.string(),
  config: resolvedConfig,
  /** Rows of the tables, in their order. */
  methods: z.array(
    z.strictObject({
      id: z.string(),
      title: z.string(),
      /** How figures show a method that a plug-in brings: they are drawn without it. */
      look: look.optional(),
    }),
  ),
  /** Columns of the tables, in their order: the domains that are tested on. */
  holdouts: z.array(z.string()),
  /** Domains of the suite whose data were not here: neither tested nor learned on. */
  missing: z.array(z.strictObject({ domain: z.string(), reason: z.string() })).default([]),
  smallSets: z.array(smallSet).default([]),
  /** Window of the AUC that tables show, where it is not the runs' own. */
  aucWindowSteps: z.int().positive().optional(),
  /** Keys in which it is smaller than the shipped config of the same experiment and preset. */
  ownSize: z.array(z.string()).optional(),
  cells: z.array(cell),
});
export const PLAN_FILE = { schema: planSchema, version: PLAN_VERSION, what: "a plan" };
export type Plan = z.output<typeof planSchema>;
