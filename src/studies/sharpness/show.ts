import type { StudyShow } from "../../reporting/study-show.js";
import { short } from "../shared/printed.js";
import { measureSolutions, solutionShow } from "../shared/solution-show.js";
import { sharpnessKind } from "./record.js";

const { printed, finishedLine, reportTables } = solutionShow({
  kind: sharpnessKind,
  caption: "Largest eigenvalue of the training loss' Hessian at the trained weights, mean ± std over trials",
  numbersOf: ({ eigenvalues, scaleFreeEigenvalue, residual, converged }) => ({
    eigenvalue: eigenvalues[0]!,
    "times |θ|²": scaleFreeEigenvalue,
    residual,
    converged: Number(converged),
  }),
  saidOf({ eigenvalues, residual, products, converged }) {
    const found = converged ? "" : ", not converged";
    return `eigenvalues ${eigenvalues.map(short).join(", ")}, residual ${short(residual)} after ${products} products${found}`;
  },
});
export { printed, finishedLine };

export const show: StudyShow = {
  kinds: [sharpnessKind],
  reportTables,
  measures: {
    lambda_max: (evidence, experiments) =>
      measureSolutions(evidence, sharpnessKind, experiments, ({ eigenvalues }) => eigenvalues[0]),
  },
};
