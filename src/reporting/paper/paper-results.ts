import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { packageRoot } from "../../core/files.js";
import { PRESETS } from "../presets.js";

/** A printed cell; null where the paper has one that its text lost. */
const cell = z.strictObject({ mean: z.number(), std: z.number().optional(), bold: z.literal(true).optional() });
const cells = z.record(z.string(), cell.nullable());
const datasetCells = z.strictObject({
  group: z.enum(["meta_train", "meta_test"]),
  train: z.int(),
  test: z.int(),
  classes: z.int(),
});
const unreadable = z.array(
  z.strictObject({ where: z.string(), reason: z.string(), inferred: z.record(z.string(), z.unknown()).optional() }),
);

/** What a printed number measures. */
const metric = z.enum([
  "test_accuracy",
  "train_loss_auc",
  "time_per_iteration",
  "meta_parameter_count",
  "iterations_to_converge",
  "dataset_statistics",
]);

const panelHead = {
  id: z.string(),
  experiment: z.string(),
  model: z.string().optional(),
  unit: z.string(),
  trials: z.strictObject({ n: z.int().nullable(), note: z.string() }),
  columns: z.array(z.string()),
  column_meaning: z.string().optional(),
  notes: z.array(z.string()).default([]),
  unreadable,
};

const panel = z.strictObject({
  ...panelHead,
  metric: metric.exclude(["dataset_statistics"]),
  higher_is_better: z.boolean(),
  rows: z.record(z.string(), cells),
  derived: z
    .strictObject({
      ratio_to_sgd_momentum: z.record(z.string(), z.number()).optional(),
      average_rank_recomputed: z.record(z.string(), z.number()).optional(),
    })
    .default({}),
});
export type PrintedPanel = z.output<typeof panel>;

const datasetPanel = z.strictObject({
  ...panelHead,
  metric: metric.extract(["dataset_statistics"]),
  rows: z.record(z.string(), datasetCells),
  /** Datasets whose printed `train` is of training images alone, and how that is known; of the others it is of training and
   *  validation images. */
  train_without_validation: z.record(z.string(), z.string()),
});

const table = z.strictObject({
  id: z.string(),
  experiments: z.array(z.string()),
  kind: z.literal("dataset_statistics").optional(),
  caption: z.string(),
  panels: z.array(z.union([datasetPanel, panel])),
});
export type PrintedTable = z.output<typeof table>;

const figurePanel = panel
  .omit({ experiment: true, model: true })
  .extend({ problem: z.record(z.string(), z.unknown()), metric });
const figure = z.strictObject({
  id: z.string(),
  experiment: z.string(),
  caption: z.string(),
  panels: z.array(figurePanel),
  unreadable: unreadable.optional(),
});

const names = z.union([z.string().transform((one) => [one]), z.array(z.string())]);
const claimMetric = z.enum([...metric.options, "lambda_max", "low_rank_score", "auc_relative_range"]);
export type ClaimMetric = z.output<typeof claimMetric>;
/** Accuracy alone is better when it is higher. */
export const isHigherBetter = (metric: ClaimMetric): boolean => metric === "test_accuracy";
const columns = z.literal("all");
const predicate = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("best"), method: z.string(), metric: claimMetric, columns }),
  z.strictObject({ kind: z.literal("worst"), method: z.string(), metric: claimMetric, columns }),
  z.strictObject({
    kind: z.literal("rank"),
    method: z.string(),
    metric: claimMetric,
    equals: z.int().positive(),
    first: z.string().optional(),
  }),
  z.strictObject({ kind: z.literal("less"), a: names, b: names, metric: claimMetric, columns }),
  z.strictObject({
    kind: z.literal("ratio"),
    a: z.string(),
    b: z.string(),
    metric: claimMetric,
    at_least: z.number().optional(),
    at_most: z.number().optional(),
  }),
  z.strictObject({ kind: z.literal("overfit"), method: z.string(), baseline: z.string(), metric: claimMetric }),
  z.strictObject({ kind: z.literal("coverage"), variant: z.literal("corrected") }),
]);
export type Predicate = z.output<typeof predicate>;

const claim = z.strictObject({
  id: z.string(),
  experiment: z.string(),
  refs: z.array(z.string()),
  statement: z.string(),
  predicate,
  origin: z.enum(["stated", "table"]),
  /** Whether the paper's own numbers support it; partial: some of them are lost. */
  printed: z.union([z.boolean(), z.enum(["partial", "unknown"])]),
  /** Presets that must all have been run, where the paper's own grid decides by construction; absent: one is enough. */
  presets: z.array(z.enum(PRESETS)).min(2).optional(),
});
export type Claim = z.output<typeof claim>;

const schema = z.strictObject({
  schema: z.literal("metamd-paper-results/1"),
  source: z.strictObject({ short_name: z.string(), title: z.string() }),
  /** Our domain of every column and row that is named after data. */
  domains: z.record(z.string(), z.string()),
  methods: z.record(z.string(), z.strictObject({ paper_names: z.array(z.string()).min(1) })),
  /** Methods that the paper compares, by experiment. */
  compared: z.record(z.string(), z.array(z.string())),
  tables: z.array(table),
  figures: z.array(figure),
  protocol: z.record(z.string(), z.unknown()),
  claims: z.array(claim),
});
/** Everything that the paper prints. */
export type PaperResults = z.output<typeof schema>;

let read: PaperResults | undefined;

/** The paper's printed numbers and claims, from `results/reference/paper-results.yaml`.
 *  @throws ZodError when the file is not of its schema: a defect, as the file is shipped. */
export function paperResults(): PaperResults {
  read ??= schema.parse(parse(readFileSync(join(packageRoot(), "results/reference/paper-results.yaml"), "utf8")));
  return read;
}
