import { groupBy } from "../../core/group.js";
import { inEpochs } from "../../config/length.js";
import type { ResolvedConfig } from "../../config/load.js";
import { numericsInWords } from "../../records/numerics.js";
import type { Plan, SmallSet } from "../../records/plan.js";
import { earlierLearned } from "./given-learned.js";

const WORDS: Readonly<Record<SmallSet["set"], string>> = {
  train: "training images of tuning, on",
  trainAll: "training images of",
  "nine tenths of trainAll": "training images without the held-out tenth of",
  "a tenth of trainAll": "held-out training images of",
};

/** What there is to know of a plan before it is run, in sentences: what was left out, which learned files are of earlier
 *  numerics, which sets are smaller than a batch, those that are alike in one, and that there will be no AUC. */
export function noticesOf(config: ResolvedConfig, { missing, smallSets }: Plan): string[] {
  const absent = missing.map(({ domain }) => domain).join(", ");
  const alike = groupBy(smallSets, ({ set, images, classes }) => JSON.stringify([set, images, classes]));
  return [
    ...(missing.length === 0 ? [] : [`left out, data missing: ${absent}; nothing is learned or tested there`]),
    ...earlierLearned(config).map(
      ({ method, path, numerics }) =>
        `learnedFiles.${method} ${path}: learned with ${numericsInWords(numerics)}; applied as it is`,
    ),
    ...[...alike.values()].map(smallSetsNotice),
    ...windowNotice(config),
  ];
}

/** Trials that are too short to have an area. */
function windowNotice({ training: { steps, aucWindowSteps } }: ResolvedConfig): string[] {
  if (inEpochs(steps) || steps > aucWindowSteps) return [];
  const fits = Math.max(1, Math.floor(steps / 10));
  const why = `trials of ${steps} steps have fewer than two windows of training.aucWindowSteps ${aucWindowSteps}`;
  return [`no AUC: ${why}; --set training.aucWindowSteps=${fits} gives them one`];
}

/** @param sets alike but for their domains. */
function smallSetsNotice(sets: readonly SmallSet[]): string {
  const { set, images, classes, batchSize } = sets[0]!;
  const drawn = classes === undefined ? "" : `the smallest ${classes} classes of `;
  const domains = sets.map(({ domain }) => domain).join(", ");
  return `${images} ${WORDS[set]} ${drawn}${domains}: fewer than a batch of ${batchSize}, so they are one batch`;
}
