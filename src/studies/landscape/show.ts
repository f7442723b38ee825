import type { StudyShow } from "../../reporting/study-show.js";
import { short } from "../shared/printed.js";
import { solutionShow } from "../shared/solution-show.js";
import { fig7 } from "./figure.js";
import { landscapeKind } from "./record.js";

const { printed, finishedLine, reportTables } = solutionShow({
  kind: landscapeKind,
  caption: "Training loss at the trained weights, and its mean rise along the top eigenvector",
  numbersOf: ({ loss, rise }) => ({ loss, rise }),
  saidOf: ({ loss, rise }) => `loss ${short(loss)}, rise ${short(rise)}`,
});
export { printed, finishedLine };

export const show: StudyShow = { kinds: [landscapeKind], reportTables, figures: { fig7 } };
