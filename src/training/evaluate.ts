import { map, type Leaves } from "../core/tree.js";
import type { Engine, Entry } from "../engine/engine.js";
import type { HostArray } from "../engine/host.js";
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
