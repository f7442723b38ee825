import { z } from "zod";
import { analysisKind, type RecordOf } from "../../records/analysis.js";
import { OF_SOLUTION, solution } from "../shared/solution-record.js";

const count = z.int().nonnegative();

/** Largest algebraic eigenvalues of the training loss' Hessian at a solution, the largest first. */
export const sharpnessKind = analysisKind(
  "sharpness",
  {
    ...solution,
    images: count,
    eigenvalues: z.array(z.number()),
    /** Of every one, |Hv − λv| as Lanczos' recurrence estimates it. */
    estimates: z.array(z.number()).optional(),
    /** |Hv − λv| of the largest, measured. */
    residual: z.number(),
    converged: z.boolean(),
    products: count,
    /** λ|θ|², which rescaling the layers of a ReLU net does not change. */
    scaleFreeEigenvalue: z.number(),
  },
  { of: OF_SOLUTION },
);
export type Sharpness = RecordOf<typeof sharpnessKind>;
