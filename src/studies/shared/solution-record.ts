import { z } from "zod";

/** Which trained model was looked at. */
export const solution = { method: z.string(), dataset: z.string(), trial: z.int().nonnegative() };
/** What a look at a trained model is of. */
export const OF_SOLUTION = ["method", "dataset", "trial"] as const;
