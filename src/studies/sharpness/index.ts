import { examineWith, SUBJECT_OPTIONS } from "../shared/subject-options.js";
import { study } from "../shared/study.js";

export const sharpness = study({
  command: {
    name: "sharpness",
    description: "the largest eigenvalues of the training loss' Hessian at every trial's weights",
    options: SUBJECT_OPTIONS,
    help: `
The trials must have been run with keepWeights: true. Settings: analysis in the config.

Example: metamd analyse sharpness --config configs/landscape-digits.yaml --preset desk`,
    stopping: "stopping; what is finished stays",
  },
  engine: { told: "explained" },
  run: examineWith(async () => (await import("./run.js")).sharpnessAnalysis),
  show: () => import("./show.js"),
});
