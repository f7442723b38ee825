import { mean } from "../../core/averages.js";
import { map } from "../../core/tree.js";
import type { Engine, Entry } from "../../engine/engine.js";
import { add, mul } from "../../engine/ops.js";
import type { Batch, Problem } from "../../training/problem.js";
import { lineSpecs, lineValues, SCALAR, type Pause, type LineState, type Values } from "../shared/point.js";

/** Losses of a problem along a line, L(θ + t d); running statistics stay as they are. */
export interface LossLine {
  /** The mean loss over the batches at every t. @param direction d, of the trained parameters' names and shapes. */
  losses(
    values: Values,
    direction: Values,
    grid: readonly number[],
    batches: Iterable<Batch>,
    pause?: Pause,
  ): Promise<number[]>;
  dispose(): void;
}

/** Compiles the losses along a line. @param sizes examples of a batch, all that occur. */
export function lossLine(engine: Engine, problem: Problem, sizes: readonly number[]): LossLine {
  const entryOf = (size: number): Entry => ({
    feeds: { ...problem.feeds(size), t: SCALAR },
    step(state, feeds) {
      const { theta, statistics, direction } = state as unknown as LineState;
      const moved = map((d, name) => add(theta[name]!, mul(d, feeds.t!)), direction);
      const { loss } = problem.evaluate({ ...theta, ...moved }, feeds, statistics);
      return { state, outputs: { loss: loss! } };
    },
  });
  const program = engine.compile({
    state: lineSpecs(problem),
    entries: Object.fromEntries(sizes.map((size) => [String(size), entryOf(size)])),
  });
  return {
    async losses(values, direction, grid, batches, pause) {
      program.load(lineValues(problem, values, direction));
      const sums = grid.map(() => 0);
      let examples = 0;
      for (const { size, feeds } of batches) {
        grid.forEach((t, i) => (sums[i]! += program.run(String(size), { ...feeds, t }).loss![0]!));
        examples += size;
        await pause?.();
      }
      return sums.map((sum) => sum / examples);
    },
    dispose: () => program.dispose(),
  };
}

/** Evenly spaced numbers, both ends among them. @param points at least 2. */
export const evenly = (from: number, to: number, points: number): number[] =>
  Array.from({ length: points }, (_unused, i) => from + ((to - from) * i) / (points - 1));

/** Mean over the grid of L(θ + td) − L(θ). @param loss L(θ). */
export const rise = (losses: readonly number[], loss: number): number => mean(losses.map((value) => value - loss));
