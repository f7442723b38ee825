import { milliseconds } from "../core/clock.js";
import { namedStream } from "../core/rng.js";
import type { Engine } from "../engine/engine.js";
import { createModel, type ModelSettings } from "../models/index.js";
import { initialise } from "../models/initialise.js";
import { OPTIMISERS, createOptimiser, type MethodId } from "../optimisers/index.js";
import { supervised } from "../problems/supervised.js";
import { trainingProgram, type TrainingProgram } from "./program.js";

const INPUT = [28, 28, 1];
const CLASSES = 10;

/** A step on made-up images, for measuring: no data is needed. */
export interface StepProbe {
  /** Runs steps and gives the milliseconds of each, loss read back. */
  run(steps: number): number[];
  dispose(): void;
}

/** Prepares one method's step on one model. @param batchSize examples per step. */
export function stepProbe(engine: Engine, model: ModelSettings, method: MethodId, batchSize: number): StepProbe {
  const built = createModel(model, INPUT, CLASSES);
  const optimiser = createOptimiser(method, {}, { parameters: built.parameters, learned: unitDirections(built.parameters) });
  const program: TrainingProgram = trainingProgram(engine, supervised(built), optimiser, { step: [batchSize], evaluate: [] });
  const uniform = namedStream(0, "bench");
  const images = Float32Array.from({ length: batchSize * 784 }, uniform);
  const labels = Int32Array.from({ length: batchSize }, (_, i) => i % CLASSES);
  program.start(initialise(built.parameters, 0));
  let t = 0;
  return {
    run(steps) {
      return Array.from({ length: steps }, () => {
        const begun = milliseconds();
        program.step(batchSize, { images, labels }, ++t, { learningRate: 1e-3, weightDecay: 1e-4 });
        return milliseconds() - begun;
      });
    },
    dispose: () => program.dispose(),
  };
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};
