import type { Batch } from "../problems/problem.js";
import type { TrainingProgram } from "./program.js";

export interface Evaluation {
  /** Mean loss over the examples. */
  readonly loss: number;
  /** Share of the examples that are classified right, 0..1. */
  readonly accuracy: number;
}

/** Mean loss and accuracy of the program's parameters over a whole split.
 *  @param chunks the split; every size must be compiled as an `evaluate` entry. */
export function evaluate(program: TrainingProgram, chunks: Iterable<Batch>): Evaluation {
  let examples = 0;
  let loss = 0;
  let correct = 0;
  for (const { size, feeds } of chunks) {
    const sums = program.evaluate(size, feeds);
    examples += size;
    loss += sums.loss!;
    correct += sums.correct!;
  }
  return { loss: loss / examples, accuracy: correct / examples };
}
