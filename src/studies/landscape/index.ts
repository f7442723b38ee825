import { examineWith, SUBJECT_OPTIONS } from "../shared/subject-options.js";
import { study } from "../shared/study.js";
import type { StudyRequest } from "../shared/study.js";

export const landscape = study({
  command: {
    name: "landscape",
    description: "the training loss along the Hessian's top eigenvector at every trial's weights",
    options: [
      ...SUBJECT_OPTIONS,
      {
        flags: "--points <n>",
        description: "as --set analysis.landscape.points=<n>",
        takes: "positive integer",
      },
    ],
    help: `
Makes what analyse sharpness does first, where that is missing.

Example: metamd analyse landscape --config configs/landscape-digits.yaml --preset desk`,
    stopping: "stopping; what is finished stays",
  },
  engine: { told: "explained" },
  run: (request: StudyRequest & { readonly points?: number }, ground) => examine(withPoints(request), ground),
  show: () => import("./show.js"),
});

const examine = examineWith(async () => (await import("./run.js")).landscapeAnalysis);

function withPoints({ points, ...request }: StudyRequest & { readonly points?: number }): StudyRequest {
  return points === undefined ? request : { ...request, set: [...request.set, `analysis.landscape.points=${points}`] };
}
