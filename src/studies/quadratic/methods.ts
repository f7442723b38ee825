import { namedStream } from "../../core/rng.js";
import { BASELINES, type Baseline, type FamilyName, type QuadraticConfig } from "./settings.js";
import { adamInDouble, diagonalInDouble, sgdInDouble, type DoubleRule } from "./in-double.js";
import { drawTask, type QuadraticFamily, type QuadraticTask } from "./problem.js";
import { descend, type StopRule } from "./descend.js";

/** The methods of the study, in the order of its tables. */
export const QUADRATIC_METHODS = ["metamd", ...BASELINES] as const;
export type QuadraticMethod = (typeof QUADRATIC_METHODS)[number];

const RULES: Readonly<Record<Baseline, (learningRate: number) => DoubleRule>> = {
  sgd: (learningRate) => sgdInDouble(learningRate),
  sgd_momentum: (learningRate) => sgdInDouble(learningRate, 0.9),
  adam: adamInDouble,
};

/** A method's rule, fresh. @param m the learned preconditioner, which MetaMD applies. */
export const ruleOf = (method: QuadraticMethod, learningRate: number, m: ArrayLike<number>): DoubleRule =>
  method === "metamd" ? diagonalInDouble(learningRate, m) : RULES[method](learningRate);

/** What the tasks of a family are drawn from. */
export const familyOf = (
  { families, tasks }: Pick<QuadraticConfig, "families" | "tasks">,
  name: FamilyName,
): QuadraticFamily => ({
  ...tasks,
  curvature: families[name]!.curvature,
});

/** Task number 0, 1, … of a family. Every purpose has a stream of its own: no test task is one that was learned on. */
export const taskOf = (
  config: Pick<QuadraticConfig, "families" | "tasks" | "seed">,
  family: FamilyName,
  purpose: string,
  number: number,
): QuadraticTask => drawTask(familyOf(config, family), namedStream(config.seed, "quadratic", purpose, family, number));

/** One method on one task; a run that did not converge counts as the longest allowed. */
export function iterationsOn(
  task: QuadraticTask,
  rule: DoubleRule,
  stop: StopRule,
  onPoint?: (step: number, theta: Float64Array) => void,
): { iterations: number; converged: boolean } {
  const { iterations, state } = descend(task, rule, stop, onPoint);
  const converged = state === "converged";
  return { iterations: converged ? iterations : stop.maxIterations, converged };
}

/** The learning rate with the lowest mean of iterations; the earliest of the grid among equals.
 *  @param meanOf mean iterations at a learning rate. */
export async function selectRate(
  grid: readonly number[],
  meanOf: (learningRate: number) => Promise<number>,
): Promise<number> {
  let best = { learningRate: grid[0]!, mean: Infinity };
  for (const learningRate of grid) {
    const mean = await meanOf(learningRate);
    if (mean < best.mean) best = { learningRate, mean };
  }
  return best.learningRate;
}

/** Whether a point of a path is kept: the first thousand, then every 10th, from the ten-thousandth every 100th, … */
export const isKept = (step: number): boolean => step < 1000 || step % 10 ** (String(step).length - 3) === 0;
