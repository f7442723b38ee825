import type { StudyShow } from "../../reporting/study-show.js";
import { short } from "../shared/printed.js";
import { measureSolutions, solutionShow } from "../shared/solution-show.js";
import { fig8 } from "./figure.js";
import { rankKind } from "./record.js";

const { printed, finishedLine, reportTables } = solutionShow({
  kind: rankKind,
  caption: "The paper's rank score of the last features' singular values, and the entropy of their shares (ours)",
  numbersOf: ({ score, entropy }) => ({ score, entropy }),
  saidOf: ({ score, entropy, split }) => `score ${short(score)}, entropy ${short(entropy)} on ${split}`,
});
export { printed, finishedLine };

export const show: StudyShow = {
  kinds: [rankKind],
  reportTables,
  figures: { fig8 },
  measures: {
    low_rank_score: (evidence, experiments) =>
      measureSolutions(evidence, rankKind, experiments, ({ split, score }) => (split === "test" ? score : undefined)),
  },
};
