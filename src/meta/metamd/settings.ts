import { z } from "zod";
import { because, type InertRules } from "../../core/inert.js";
import { MODES, UNROLLED } from "./hypergradient.js";

/** Steps over which the mean loss of an inner run is taken to see whether it has converged. */
export const CONVERGENCE_WINDOW = 50;

const positive = z.number().positive();
const steps = z.int().positive();

/** The truncated Neumann series of M⁻¹. */
export const neumannSettings = z.strictObject({
  alpha: z
    .union([positive, z.literal("from-m")])
    .default("from-m")
    .describe("step of the series, which converges below 2 / mu_max; from-m: 1 / mu_max of M at every outer step"),
  terms: z.int().nonnegative().default(20),
  scaled: z.boolean().default(true).describe("false: as the paper prints Algorithm 2, without the final alpha"),
});

const inverse = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("exact") }),
  z.strictObject({ kind: z.literal("neumann"), ...neumannSettings.shape }),
]);

const initialisation = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("spectral"), scale: positive.default(0.3), steps: steps.default(5) }),
  z.strictObject({ kind: z.literal("random"), scale: positive.default(0.3) }),
]);

/** MetaMD's meta-training. Defaults: what learned best in small experiments with the sign that trains anything; the
 *  paper leaves mode, scaling, initialisation and most numbers open. */
export const metamdSettings = z.strictObject({
  mode: z
    .enum([...MODES, UNROLLED])
    .default("alg2")
    .describe("sign and parts of the hypergradient; unrolled: the true one, which keeps every step of an inner run"),
  inverse: z
    .union([z.literal("exact").transform(() => ({ kind: "exact" as const })), inverse])
    .default({ kind: "exact" })
    .describe("how M^-1 is applied in the implicit term"),
  normalise: z.boolean().default(true).describe("divide every displacement block by its Frobenius norm"),
  initialisation: z
    .union([z.enum(["spectral", "random"]).transform((kind) => initialisation.parse({ kind })), initialisation])
    .default({ kind: "spectral", scale: 0.3, steps: 5 }),
  outerSteps: steps.default(25),
  innerSteps: steps.default(500).describe("T: steps of an inner run"),
  warmupSteps: steps
    .optional()
    .describe("an inner run begins after as many steps as a draw from 0 to this says; absent: with fresh weights"),
  innerLearningRate: positive.default(0.1),
  earlyStopLoss: z
    .number()
    .nonnegative()
    .default(0)
    .describe("an inner run has converged when its mean loss over 50 steps is below this; 0: every run has T steps"),
  metaLearningRate: positive.default(2).describe("beta, of plain gradient descent on a and b"),
  gamma: z.number().nonnegative().default(1e-3).describe("weight of the regulariser |M - I|_F"),
  regulariserPower: z.union([z.literal(1), z.literal(2)]).default(1),
  cap: positive.default(30).describe("upper bound of |a|^2 and |b|^2"),
  includeHead: z.boolean().default(true).describe("give the classifier a block; needs the same classes in every task"),
});
export type MetamdSettings = z.output<typeof metamdSettings>;

/** Settings that can change nothing beside others. */
export const metamdInert: InertRules<MetamdSettings> = {
  earlyStopLoss: {
    // 0 asks for nothing.
    inert: ({ earlyStopLoss, innerSteps }) =>
      because(
        earlyStopLoss > 0 && innerSteps <= CONVERGENCE_WINDOW,
        `inner runs have ${innerSteps} steps, and convergence is seen over ${CONVERGENCE_WINDOW}`,
      ),
    instead: "raise innerSteps",
  },
  regulariserPower: { inert: ({ gamma }) => because(gamma === 0, "gamma is 0"), instead: "raise gamma" },
};

/** The short inner horizon, as stable as the long one and a hundredth of its cost. */
export const metamdShortSettings = metamdSettings.extend({ innerSteps: steps.default(20) });
