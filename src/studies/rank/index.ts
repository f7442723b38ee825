import { examineWith, SUBJECT_OPTIONS } from "../shared/subject-options.js";
import { study } from "../shared/study.js";

export const rank = study({
  command: {
    name: "rank",
    description: "how fast the singular values of the last features fall, for every trial's weights",
    options: SUBJECT_OPTIONS,
    help: `
The score is the paper's: smaller means lower rank; compare within a dataset and a split only.

Example: metamd analyse rank --config configs/landscape-digits.yaml --preset desk`,
    stopping: "stopping; what is finished stays",
  },
  engine: { told: "explained" },
  run: examineWith(async () => (await import("./run.js")).rankAnalysis),
  show: () => import("./show.js"),
});
