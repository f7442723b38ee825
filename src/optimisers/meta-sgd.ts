import { z } from "zod";
import { sizeOf } from "../engine/host.js";
import { mul } from "../engine/ops.js";
import { MULTIPLES } from "./shared/candidates.js";
import { optimiserEntry } from "./optimiser.js";
import { transformed, untrainedTransform, type GradientTransform } from "./shared/transformed.js";

/** α₀, where the parameters' learning rates start. */
const INITIAL_ALPHA = 0.01;

/** α .* g: a learning rate of its own for every parameter, of either sign. */
export const alphaTransform: GradientTransform = {
  shapes: ({ shape }) => ({ alpha: shape }),
  untrained: ({ shape }) => ({ alpha: new Float64Array(sizeOf(shape)).fill(INITIAL_ALPHA) }),
  apply: (g, { alpha }) => mul(alpha!, g),
};

/** Gradient descent with a learned rate for every parameter: θ ← θ − η α .* (∇f(θ) + λθ). Parameters without α, such as
 *  a task's own classifier, take the plain step of rate η. Feeds, scalar: η learningRate > 0 (1: as learned),
 *  λ weightDecay ≥ 0. State: α, unchanged by a step.
 *  Source: Li et al. 2017 (arXiv 1707.09835), Eq. 3; its few-shot α₀ is drawn from [0.005, 0.1], ours is 0.01 everywhere.
 *  η and λ are ours: the paper learns for a handful of steps and tunes nothing. */
const metaSgd = transformed(alphaTransform);

export const entry = optimiserEntry({
  title: "MetaSGD",
  summary: "Meta-SGD: a learned rate for every parameter",
  look: { colour: "#176d8b", dark: "#cae2ee", dash: "dashed", marker: "diamond" },
  kind: "coordinatewise",
  extraWork: "",
  settings: z.strictObject({}),
  candidates: MULTIPLES,
  create: metaSgd,
  needs: [],
  learned: { by: "meta_sgd", what: "a number per parameter", untrained: untrainedTransform(alphaTransform) },
  statePerParameter: () => 0,
  source: "Li et al. 2017, Eq. 3",
});
