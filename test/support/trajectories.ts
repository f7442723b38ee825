import type { Engine } from "../../src/engine/engine.js";
import { blockViews } from "../../src/meta/metamd/initialise-blocks.js";
import type { Block } from "../../src/meta/metamd/kronecker.js";
import type { InnerTrajectory } from "../../src/meta/metamd/reverse-run.js";
import { initialise } from "../../src/models/initialise.js";
import { everyParameter } from "../../src/models/model.js";
import type { Batch, Problem } from "../../src/training/problem.js";
import type { TrainingProgram } from "../../src/training/program.js";
import { programOf, someLearned } from "./problems.js";

export type Blocks = Readonly<Record<string, Block>>;

/** Blocks away from M = I, the same for every call. */
export const someBlocks = ({ parameters }: Problem): Blocks => someLearned("metamd", parameters) as unknown as Blocks;

/** MetaMD's rule on a problem, ready to run from the same start with any blocks. */
export interface InnerRuns {
  readonly views: ReturnType<typeof blockViews>;
  run(blocks: Blocks, steps: number, learningRate: number): InnerTrajectory;
  dispose(): void;
}

/** @param batch of step t = 1, 2, ..., all of this size. */
export function innerRuns(engine: Engine, problem: Problem, size: number, batch: (t: number) => Batch): InnerRuns {
  const program: TrainingProgram = programOf(engine, "metamd", problem, [size], {}, { ...someBlocks(problem) });
  return {
    views: blockViews(problem.parameters, true),
    run(blocks, steps, learningRate) {
      program.start(initialise(everyParameter(problem), 3), blocks);
      const thetas = [program.theta()];
      for (let t = 1; t <= steps; t++) {
        program.step(batch(t), t, { learningRate, weightDecay: 0 });
        thetas.push(program.theta());
      }
      return { thetas, blocks, batch };
    },
    dispose: () => program.dispose(),
  };
}
