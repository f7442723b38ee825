import { z } from "zod";
import { ownConfig, type OwnConfig } from "../shared/own-config.js";
import { diagonalSettings } from "./diagonal.js";
import { repeated, type PathFault } from "../../config/faults.js";
import { key, name } from "../../config/keys.js";
import type { ConfigFlags } from "../../config/read-config.js";

/** The rows of Figure 1. */
export const FAMILIES = ["top", "bottom"] as const;
export type FamilyName = (typeof FAMILIES)[number];
/** Compared with MetaMD. */
export const BASELINES = ["sgd", "sgd_momentum", "adam"] as const;
export type Baseline = (typeof BASELINES)[number];

const count = z.int().positive();
const positive = z.number().positive();
const deviation = z.number().nonnegative();

const family = z
  .strictObject({
    curvature: key(
      z.array(positive).length(2).meta({ accepted: "a list of two numbers above 0" }),
      "means of Q's diagonal",
      [0.3, 14],
    ),
  })
  .optional();

const rates = (example: number): z.ZodType<number[]> =>
  key(z.array(positive).min(1), "of which the one with the fewest iterations is taken", [example]);

/** The config of the two-dimensional study, without its presets. */
export const quadraticSchema = z.strictObject({
  study: key(z.literal("quadratic"), "what kind of config this is", "quadratic"),
  name,
  title: key(z.string().min(1).optional(), "for people"),
  experiment: key(z.string().min(1).optional(), "number of the paper's experiment", "E1"),
  families: key(z.strictObject({ top: family, bottom: family }), "tasks of one kind each, by row of the figure"),
  tasks: key(
    z
      .strictObject({
        relativeDeviation: key(deviation.default(0.1), "of an entry of Q, as a share of its mean"),
        linearMean: key(z.number().default(1), "of an entry of b"),
        linearDeviation: key(deviation.default(1), "of an entry of b"),
        startDeviation: key(deviation.default(0.3), "of an entry of the start, around 0"),
      })
      .prefault({}),
    "how tasks are drawn",
  ),
  learning: key(diagonalSettings.prefault({}), "how MetaMD's preconditioner is learned"),
  baselines: key(
    z.strictObject({
      learningRates: key(
        z.strictObject({ sgd: rates(0.03), sgd_momentum: rates(0.03), adam: rates(0.1) }),
        "the grid of every baseline",
      ),
      selectionTasks: key(count.default(32), "meta-training tasks that the learning rates are chosen on"),
      sameLearningRate: key(positive.default(0.03), "of all methods in the second report"),
    }),
    "what MetaMD is compared with",
  ),
  test: key(
    z
      .strictObject({
        tasks: key(count.default(100), "tasks that no method has seen"),
        gradientNorm: key(positive.default(1e-4), "a run has converged when its gradient is as short"),
        maxIterations: key(count.default(200_000), "at which a run is given up, and what it then counts as"),
      })
      .prefault({}),
    "how the methods are compared",
  ),
  seed: key(z.int().min(0).default(0), "of everything random"),
});
export type QuadraticConfig = z.output<typeof quadraticSchema>;

/** What decides whether it is of the paper's size. */
const SIZE = {
  same: ["families", "tasks"],
  less: [
    "learning.outerSteps",
    "learning.tasksPerStep",
    "learning.innerSteps",
    ...BASELINES.map((method) => `baselines.learningRates.${method}`),
    "baselines.selectionTasks",
    "test.tasks",
    "test.maxIterations",
  ],
};

/** @throws UserError (usage) that lists everything wrong with the config. */
export const loadQuadratic = (flags: ConfigFlags): OwnConfig<QuadraticConfig> =>
  ownConfig(flags, {
    study: "quadratic",
    schema: quadraticSchema,
    begin: "begin with study: quadratic, name, families and baselines; see configs/quadratic.yaml",
    crossChecks,
    size: SIZE,
  });

function crossChecks({ families, baselines }: QuadraticConfig): PathFault[] {
  const none: PathFault = { path: ["families"], given: "no family", accepted: FAMILIES.join(", "), hint: "add one" };
  return [
    ...(FAMILIES.every((name) => families[name] === undefined) ? [none] : []),
    ...BASELINES.flatMap((method) => repeated(["baselines", "learningRates", method], baselines.learningRates[method])),
  ];
}
