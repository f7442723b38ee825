import { map, type Leaves } from "../core/tree.js";
import type { Engine, Entry } from "../engine/engine.js";
import { sizeOf, type HostArray } from "../engine/host.js";
import type { Tensor } from "../engine/ops.js";
import type { Params } from "../engine/parameters.js";
import { everyParameter } from "../models/model.js";
import type { Batch, Problem } from "./problem.js";

export interface Evaluation {
  /** Mean loss over the examples. */
  readonly loss: number;
  /** Share of the examples that are classified right, 0..1; NaN where the model's logits are. */
  readonly accuracy: number;
}

/** Compiled evaluation of a problem, for any parameters. */
export interface Evaluator {
  /** @param values parameters and running statistics by name. @param chunks a whole split. */
  evaluate(values: Leaves<HostArray>, chunks: Iterable<Batch>): Evaluation;
  dispose(): void;
}

/** Numbers that a processor takes through a model together, 200 images of 28 x 28, and the least examples: what they become
 *  on the way then stays in its cache. LeNet's evaluation takes two thirds of the time of a thousand images at once. */
const TOGETHER = { numbers: 156_800, least: 32 };

/** Examples that pass through a model together, at most; undefined: all, as a GPU likes it, and an engine that copies parts. */
function togetherOn({ details }: Engine, problem: Problem): number | undefined {
  if (details.gpu || !details.compiled) return undefined;
  const numbers = Math.max(...Object.values(problem.feeds(1)).map(({ shape }) => sizeOf(shape)));
  return Math.max(TOGETHER.least, Math.floor(TOGETHER.numbers / numbers));
}

/** Compiles the evaluation of a problem. @param sizes examples of a chunk, all that occur. */
export function evaluator(engine: Engine, problem: Problem, sizes: readonly number[]): Evaluator {
  const { statistics = {} } = problem;
  const entryOf = (size: number): Entry => ({
    feeds: problem.feeds(size),
    step: (state, feeds) => ({
      state,
      outputs: problem.evaluate(
        state as Params,
        feeds,
        map((_spec, name) => state[name] as Tensor, statistics),
        togetherOn(engine, problem),
      ),
    }),
  });
  const program = engine.compile({
    state: map(({ shape }) => ({ shape, dtype: "float32" as const }), { ...everyParameter(problem), ...statistics }),
    entries: Object.fromEntries(sizes.map((size) => [`evaluate:${size}`, entryOf(size)])),
  });
  return {
    evaluate(values, chunks) {
      program.load(values);
      const total = { examples: 0, loss: 0, correct: 0 };
      for (const { size, feeds } of chunks) {
        const sums = program.run(`evaluate:${size}`, feeds);
        total.examples += size;
        total.loss += sums.loss![0]!;
        total.correct += sums.correct![0]!;
      }
      return { loss: total.loss / total.examples, accuracy: total.correct / total.examples };
    },
    dispose: () => program.dispose(),
  };
}
