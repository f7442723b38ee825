import { z } from "zod";
import { analysisKind, type RecordOf } from "../../records/analysis.js";

const count = z.int().nonnegative();
const family = z.enum(["top", "bottom"]);

/** The diagonal preconditioner of a quadratic family. Series `learning`: outer_step, objective, m0, m1. */
export const quadraticLearning = analysisKind(
  "quadratic-learning",
  { family, hypergradient: z.enum(["general", "closed-form"]), preconditioner: z.array(z.number()) },
  { of: ["family"], series: ["learning"] },
);
export type QuadraticLearning = RecordOf<typeof quadraticLearning>;

/** One method on the test tasks of a quadratic family. Series `tasks`: task, iterations, converged (0 or 1);
 *  `trajectory`: step, x, y of task 0, whose f(θ) = θᵀQθ − bᵀθ is `problem`. */
export const quadraticResult = analysisKind(
  "quadratic",
  {
    family,
    method: z.string(),
    /** tuned: the best rate of the method's grid; same-lr: one rate for all methods. */
    variant: z.enum(["tuned", "same-lr"]),
    learningRate: z.number(),
    tasks: count,
    converged: count,
    meanIterations: z.number(),
    medianIterations: z.number(),
    problem: z.strictObject({ q: z.array(z.number()), b: z.array(z.number()) }),
  },
  { of: ["family", "method", "variant"], series: ["tasks", "trajectory"] },
);
export type QuadraticResult = RecordOf<typeof quadraticResult>;
