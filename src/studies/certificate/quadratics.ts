import { mean } from "../../core/averages.js";
import { bounds, constantFor, violations } from "./bound.js";
import type { CertificateConfig } from "./settings.js";
import { FAMILIES, type FamilyName, type QuadraticConfig } from "../quadratic/settings.js";
import { namedStream, type Uniform } from "../../core/rng.js";
import type { CertificateRow } from "./record.js";
import { diagonalOf, drawTask, minimiser, type QuadraticFamily, type QuadraticTask } from "../quadratic/problem.js";
import type { QuadraticLearning } from "../quadratic/record.js";
import { familyOf } from "../quadratic/methods.js";

/** Drawings in a row that may be too far from their optimum. */
const MOST_REJECTED = 10_000;

/** Part A: how often the bound holds over redraws of the meta-training tasks, full gradients, so that σ² = 0.
 *  @param learned of every family that has constants. @param pause called after every redraw. */
export async function certifyQuadratics(
  config: CertificateConfig,
  learned: readonly QuadraticLearning[],
  pause: () => Promise<void>,
): Promise<CertificateRow[]> {
  const rows: CertificateRow[] = [];
  for (const family of FAMILIES) {
    if (config.quadratics.families[family] === undefined) continue;
    const learning = learned.find((one) => one.family === family)!;
    rows.push(...(await certifyFamily(config, family, learning, pause)));
  }
  return rows;
}

async function certifyFamily(
  { quadratics, delta, seed }: CertificateConfig,
  family: FamilyName,
  learning: QuadraticLearning,
  pause: () => Promise<void>,
): Promise<CertificateRow[]> {
  const { c: rule, r } = quadratics.families[family]!;
  const from = familyOf(learning.config as unknown as QuadraticConfig, family);
  const draw = (count: number, ...purpose: (string | number)[]): QuadraticTask[] =>
    drawWithin(from, r, count, namedStream(seed, "certificate", family, ...purpose));
  const novel = draw(quadratics.novelTasks, "novel");
  const most = Math.max(...quadratics.tasks);
  const matrices = { identity: learning.preconditioner.map(() => 1), learned: learning.preconditioner };
  const named = Object.entries(matrices);
  /** Divergences of the tasks of every redraw, by matrix; a redraw of fewer tasks is the beginning of one of more. */
  const divergences: Record<string, number[][]> = { identity: [], learned: [] };
  let steepest = largestCurvature(novel);
  for (let redraw = 0; redraw < quadratics.redraws; redraw++) {
    const tasks = draw(most, "redraw", redraw);
    steepest = Math.max(steepest, largestCurvature(tasks));
    for (const [name, m] of named) divergences[name]!.push(tasks.map((task) => divergence(startingError(task), m)));
    await pause();
  }
  return named.flatMap(([preconditioner, m]) => {
    const distance = Math.hypot(...m.map((entry) => entry - 1));
    const constant = constantFor(rule, distance, delta);
    const largestEta = Math.min(...m) / (2 * quadratics.smoothness);
    const eta = quadratics.stepShare * largestEta;
    const conditions = { convex: true, fixedBefore: true, independent: true, distance, c: constant.c, eta, largestEta };
    const violated = violations(conditions);
    if (steepest > quadratics.smoothness) violated.push("a task steeper than L");
    return quadratics.steps.flatMap((steps) => {
      const suboptimality = mean(novel.map((task) => averagedSuboptimality(task, m, eta, steps)));
      return quadratics.tasks.map((tasks): CertificateRow => {
        const premises = { tasks, eta, steps, ...constant, r };
        const found = divergences[preconditioner]!.map((all) => {
          const meanDivergence = mean(all.slice(0, tasks));
          return { meanDivergence, ...bounds({ ...premises, meanDivergence, sigmaSquared: 0 }) };
        });
        return {
          setting: family,
          preconditioner,
          ...premises,
          meanDivergence: mean(found.map((one) => one.meanDivergence)),
          suboptimality,
          boundPrinted: mean(found.map(({ printed }) => printed)),
          boundCorrected: mean(found.map(({ corrected }) => corrected)),
          coveragePrinted: mean(found.map(({ printed }) => Number(printed >= suboptimality))),
          coverageCorrected: mean(found.map(({ corrected }) => Number(corrected >= suboptimality))),
          violated,
        };
      });
    });
  });
}

/** Draws tasks whose start is at most r from their optimum; others are drawn again. */
function drawWithin(family: QuadraticFamily, r: number, count: number, uniform: Uniform): QuadraticTask[] {
  return Array.from({ length: count }, () => {
    for (let tries = 0; tries < MOST_REJECTED; tries++) {
      const task = drawTask(family, uniform);
      if (Math.hypot(...startingError(task)) <= r) return task;
    }
    throw new Error(`${MOST_REJECTED} tasks in a row are farther than r = ${r} from their optimum`);
  });
}

const largestCurvature = (tasks: readonly QuadraticTask[]): number =>
  tasks.reduce((largest, task) => Math.max(largest, ...diagonalOf(task)!.map((q) => 2 * q)), 0);

/** θ_1 − θ* of a task whose Q is diagonal.
 *  @internal Exported for tests. */
export function startingError(task: QuadraticTask): Float64Array {
  const optimum = minimiser(diagonalOf(task)!, task.b);
  return task.start.map((entry, i) => entry - optimum[i]!);
}

/** B_M(θ*||θ_1) = ½ Σ m_i e_i², e = θ_1 − θ*.
 *  @internal Exported for tests. */
export const divergence = (error: Float64Array, m: ArrayLike<number>): number =>
  error.reduce((sum, entry, i) => sum + 0.5 * m[i]! * entry * entry, 0);

/** f(θ̄) − f(θ*) of the mean θ̄ of θ_1 … θ_T under θ ← θ − ηg/m, without iterating: with x = ηh/m, h = 2q,
 *  θ̄ − θ* = e (1 − (1 − x)ᵀ)/(Tx) per coordinate, and f(θ) − f(θ*) = Σ q_i (θ_i − θ*_i)².
 *  Steps that are too long for the theorem make it large, never no number.
 *  @internal Exported for tests. */
export function averagedSuboptimality(task: QuadraticTask, m: ArrayLike<number>, eta: number, steps: number): number {
  const q = diagonalOf(task)!;
  return startingError(task).reduce((sum, error, i) => {
    const x = (2 * eta * q[i]!) / m[i]!;
    // For short steps without cancellation.
    const share = x < 1 ? -Math.expm1(steps * Math.log1p(-x)) : 1 - (1 - x) ** steps;
    const left = (error * share) / (steps * x);
    return sum + q[i]! * left * left;
  }, 0);
}
