import { z } from "zod";
import { MODES, UNROLLED } from "./metamd/hypergradient.js";
import { HYPERGRADIENTS } from "./diagonal/sensitivity.js";

const positive = z.number().positive();
const steps = z.int().positive();

const inverse = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("exact") }),
  z.strictObject({
    kind: z.literal("neumann"),
    alpha: z
      .union([positive, z.literal("from-m")])
      .default("from-m")
      .describe("step of the series, which converges below 2 / mu_max; from-m: 1 / mu_max of M at every outer step"),
    terms: z.int().nonnegative().default(20),
    scaled: z.boolean().default(true).describe("false: as the paper prints Algorithm 2, without the final alpha"),
  }),
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

/** The short inner horizon, as stable as the long one and a hundredth of its cost. */
export const metamdShortSettings = metamdSettings.extend({ innerSteps: steps.default(20) });

/** ARUBA's meta-training; ARUBA++ applies the same learned file. Defaults of the reference implementation, except the
 *  numbers of tasks and steps: as many gradients as MetaMD's defaults take on five domains. */
export const arubaSettings = z.strictObject({
  tasks: steps.default(625).describe("inner runs, one domain each"),
  innerSteps: steps.default(100),
  initialLearningRate: positive.default(0.1).describe("learning rate before anything is learned: eps / zeta"),
  zeta: positive.default(1),
  power: z.number().nonnegative().default(1).describe("p: how fast the smoothing terms fall"),
  isotropic: z.boolean().default(false).describe("one learning rate for all coordinates"),
  forgetting: z.number().min(0).lt(1).default(0).describe("share of the old sums that a task forgets"),
  learnInit: z.boolean().default(false).describe("share initial weights, moved by Reptile, and start from them"),
  reptileRate: positive.max(1).default(0.1),
  annealed: z.boolean().default(true).describe("let the Reptile rate fall linearly to 0"),
  includeHead: z
    .boolean()
    .default(true)
    .describe("learn rates of the classifier; needs the same classes in every task"),
});
export type ArubaSettings = z.output<typeof arubaSettings>;

/** What Meta-SGD and Meta-Curvature have in common. */
const unrolledSettings = z.strictObject({
  gradientEvaluations: steps
    .default(62_500)
    .describe("budget of the meta-training, from which the number of outer steps follows; as MetaMD's 25 x 5 x 500"),
  unrollSteps: steps.default(5).describe("K: inner steps that are differentiated through"),
  warmupSteps: z
    .int()
    .nonnegative()
    .default(500)
    .describe("T: as many plain steps come first as a draw from 0..T says, so that a long run's whole length is seen"),
  innerLearningRate: positive.default(1).describe("eta, of the inner steps"),
  metaLearningRate: positive.default(1e-3).describe("of Adam on the learned values"),
  clip: positive.default(10).describe("largest entry of a meta-gradient"),
  firstOrder: z.boolean().default(false).describe("drop the Hessian in the reverse pass"),
  learnInit: z.boolean().default(false).describe("learn the initial weights too, but for the classifier's"),
  includeHead: z
    .boolean()
    .default(true)
    .describe("learn the classifier's values; needs the same classes in every task"),
});
export type UnrolledSettings = z.output<typeof unrolledSettings>;

/** Meta-SGD's meta-training; the learned rates are rates already, so eta is 1. */
export const metaSgdSettings = unrolledSettings;
/** Meta-Curvature's; eta as in MetaMD's inner runs, so that both see the same stretch of training. */
export const metaCurvatureSettings = unrolledSettings.extend({
  innerLearningRate: positive.default(0.1).describe("eta, of the inner steps"),
});

/** L2O's meta-training. Defaults: the paper's, with Adam's rate of the authors' repository. */
export const l2oSettings = z.strictObject({
  episodes: steps.default(625).describe("models that are trained; 105 gradients each"),
  episodeSteps: steps.default(100).describe("steps of a model's training"),
  unroll: steps.default(20).describe("K: steps of a window, which are back-propagated through"),
  metaLearningRate: positive.default(1e-3).describe("of Adam on the networks' weights"),
  clip: positive.default(1).describe("largest norm of a meta-gradient"),
  validateEvery: steps.default(50).describe("episodes between validations, which decide what is kept"),
  validationEpisodes: steps.default(5).describe("models that are trained in a validation"),
  p: positive.default(10).describe("gradients below exp(-p) are seen on a linear scale"),
  scale: positive.default(0.1).describe("of the network's output"),
  chunk: steps.default(2048).describe("coordinates that are back-propagated at a time: 80 kB each"),
});
export type L2oSettings = z.output<typeof l2oSettings>;

/** MetaMD's meta-training of a diagonal M on quadratics. Defaults: those with which Figure 1 comes out in kind; the paper
 *  gives none of them. */
export const diagonalSettings = z.strictObject({
  hypergradient: z.enum(HYPERGRADIENTS).default("closed-form").describe("how an inner run is differentiated"),
  outerSteps: steps.default(600),
  tasksPerStep: steps.default(8).describe("inner runs of an outer step, each on a fresh task"),
  innerLearningRate: positive.default(0.03).describe("eta, of the inner runs and of the tests"),
  innerSteps: steps.default(100_000).describe("T: long enough to converge in the flattest direction"),
  k: z.number().nonnegative().default(0.003).describe("weight of 1 / lambda, lambda the least entry of m"),
  gamma: z.number().nonnegative().default(1).describe("weight of the regulariser |m - 1|"),
  metaLearningRate: positive.default(0.02).describe("of Adam on u = log m"),
  clip: positive.default(10).describe("largest entry of a hypergradient"),
});
export type DiagonalSettings = z.output<typeof diagonalSettings>;
