import { z } from "zod";
import { analysisKind, type RecordOf } from "../../records/analysis.js";
import { measured } from "../../records/number.js";
import { OF_SOLUTION, solution } from "../shared/solution-record.js";

/** The training loss along the top eigenvector. Series `landscape`: t, loss. */
export const landscapeKind = analysisKind(
  "landscape",
  {
    ...solution,
    images: z.int().nonnegative(),
    /** Training loss at t = 0. */
    loss: measured,
    /** Mean over the grid of L(θ + td) − L(θ). */
    rise: measured,
  },
  { of: OF_SOLUTION, series: ["landscape"] },
);
export type Landscape = RecordOf<typeof landscapeKind>;
