import { z } from "zod";
import { analysisKind } from "../../records/analysis.js";
import { OF_SOLUTION, solution } from "../shared/solution-record.js";

const count = z.int().nonnegative();

/** Singular values of the penultimate features. Series `singular_values`: index, value (divided by the largest). */
export const rankKind = analysisKind(
  "rank",
  {
    ...solution,
    split: z.enum(["train", "test"]),
    images: count,
    features: count,
    /** The paper's −Σ l̃ ln l̃ with l̃ = l / l_max. */
    score: z.number(),
    /** Ours: the entropy of l / Σ l. */
    entropy: z.number(),
  },
  { of: [...OF_SOLUTION, "split"], series: ["singular_values"] },
);
