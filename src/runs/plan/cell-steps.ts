import { derivedSeed } from "../../core/rng.js";
import { stepsOf, type Length } from "../../config/length.js";
import type { ResolvedConfig } from "../../config/load.js";
import { rowOf } from "../../config/variants.js";
import { batchesPerEpoch, type Augmentation } from "../../data/index.js";
import { createMetaLearner } from "../../meta/index.js";
import type { Cell, MetaTrainCell, TrialCell, TuneCell } from "../../records/plan.js";
import type { Domains } from "./available-domains.js";

/** The splits that each phase trains on and is judged on. */
export const SPLITS = {
  tune: { trained: "train", judged: "validation" },
  trial: { trained: "trainAll", judged: "test" },
} as const;

/** How training images are changed; undefined: not at all. */
export function augmentationOf({ suite }: ResolvedConfig, phase: Cell["phase"]): Augmentation | undefined {
  const augmentation = suite.augmentation[phase === "meta-train" ? "metaTrain" : "metaTest"];
  return augmentation.crop > 0 || augmentation.flip ? augmentation : undefined;
}

/** How long the run of a cell is: of early stopping, its rung's length. */
export const cellLength = ({ training, tuning }: ResolvedConfig, cell: TuneCell | TrialCell): Length =>
  cell.phase === "trial" ? training.steps : (cell.search?.steps ?? tuning.steps ?? training.steps);

/** The seed of all that a meta-training draws. */
export const metaTrainingSeed = ({ seed }: ResolvedConfig, cell: MetaTrainCell): number =>
  derivedSeed(seed, "meta-train", cell.seed);

/** Training steps of a cell, at most; those of whole epochs are estimated from what is recorded of the files. */
export function cellSteps(config: ResolvedConfig, cell: Cell, domains: Domains): number {
  if (cell.phase === "meta-train") {
    const { method, settings } = rowOf(config, cell.method).learning!;
    return createMetaLearner(method, settings).budget(cell.metaTrain.length, metaTrainingSeed(config, cell));
  }
  const images = domains.get(cell.holdout)!.expected(SPLITS[cell.phase].trained);
  const { batchSize, lastBatch } = config.training;
  return stepsOf(cellLength(config, cell), batchesPerEpoch(Math.max(1, images), batchSize, lastBatch));
}

/** The domain that a cell trains on, or the first of several that are alike. */
export const trainedOn = (cell: Cell): string => (cell.phase === "meta-train" ? cell.metaTrain[0]! : cell.holdout);

/** How often a run of so many steps is evaluated; a tuning run also on its way, where that is asked for. */
export const evaluationsIn = (
  steps: number,
  phase: "tune" | "trial",
  { evalEvery }: ResolvedConfig["training"],
): number => (phase === "trial" || evalEvery === undefined ? 1 : Math.ceil(steps / evalEvery));
