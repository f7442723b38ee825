import { groupBy } from "../core/group.js";
import type { Plan, SmallSet } from "../records/plan.js";
import { notice } from "./print.js";

const WORDS: Readonly<Record<SmallSet["set"], string>> = {
  train: "training images of tuning, on",
  trainAll: "training images of",
  "nine tenths of trainAll": "training images without the held-out tenth of",
  "a tenth of trainAll": "held-out training images of",
};

/** Says which sets are smaller than a batch, those that are alike in one line. */
export function noticeSmallSets({ smallSets }: Plan, quiet: boolean): void {
  if (quiet) return;
  const alike = groupBy(smallSets, ({ set, images, classes }) => JSON.stringify([set, images, classes]));
  for (const sets of alike.values()) {
    const { set, images, classes, batchSize } = sets[0]!;
    const drawn = classes === undefined ? "" : `the smallest ${classes} classes of `;
    const domains = sets.map(({ domain }) => domain).join(", ");
    notice(`${images} ${WORDS[set]} ${drawn}${domains}: fewer than a batch of ${batchSize}, so they are one batch`);
  }
}
