import { milliseconds } from "../core/clock.js";
import { namedStream } from "../core/rng.js";
import { map, prefixed, type Leaves } from "../core/tree.js";
import type { Engine, ProgramDefinition } from "../engine/engine.js";
import { sizeOf, type TensorSpec } from "../engine/host.js";
import type { Tensor } from "../engine/ops.js";
import type { Params } from "../engine/parameters.js";
import { initialise } from "../models/initialise.js";
import { everyParameter, type Model } from "../models/model.js";
import { createOptimiser, untrained, type MethodId } from "../optimisers/index.js";
import type { LearnedValues, Optimiser } from "../optimisers/optimiser.js";
import type { Batch, Problem } from "./problem.js";
import { supervised } from "./supervised.js";
import { gradients } from "./gradients.js";
import { gradientSums, trainingProgram } from "./program.js";

/** A step on made-up images, for measuring: no data is needed. */
export interface StepProbe {
  /** Runs steps and gives the milliseconds of each, loss read back. */
  run(steps: number): number[];
  dispose(): void;
}

/** The same of a method, whose steps need not be alike. */
export interface MethodProbe extends StepProbe {
  /** What a step t = 1, 2, ... does, by name: steps of one kind cost the same. */
  kindAt(t: number): string;
  /** Runs step t. @returns its milliseconds. */
  timeAt(t: number): number;
}

/** Prepares one method's step on one model. A learned method applies what it is before anything is learned: a step costs
 *  the same whatever the values. @param batchSize examples per step. @param settings of the method; absent: its defaults.
 *  @param before steps that count as done, for rules whose steps differ. */
export function modelProbe(
  engine: Engine,
  built: Model,
  method: MethodId,
  batchSize: number,
  settings?: unknown,
  before = 0,
): MethodProbe {
  const { parameters, layers } = built;
  const create = (learned?: LearnedValues): Optimiser =>
    createOptimiser(method, settings, { parameters, layers, learned, mayTurn: true });
  const learned = untrained(method, parameters);
  const { phases } = create(learned);
  const program = trainingProgram(engine, supervised(built), create, [batchSize], learned);
  const batch = madeUp(built, batchSize);
  program.start(initialise(everyParameter(built), 0));
  const step = (t: number): number => program.step(batch, t, { learningRate: 1e-3, weightDecay: 1e-4 });
  let t = before;
  return {
    run: (steps) => timed(steps, () => step(++t)),
    kindAt: (t) => phases?.at(t) ?? "step",
    timeAt: (t) => timed(1, () => step(t))[0]!,
    dispose: () => program.dispose(),
  };
}

/** Prepares what every step begins with: the loss, its gradient and the running statistics, without any update. */
export function gradientProbe(engine: Engine, built: Model, batchSize: number): StepProbe {
  const problem = supervised(built);
  const program = engine.compile(gradientProgram(problem, batchSize));
  program.load({
    ...prefixed("theta", initialise(everyParameter(problem), 0)),
    ...prefixed("statistics", initialise(problem.statistics ?? {}, 0)),
  });
  const { feeds } = madeUp(built, batchSize);
  return {
    run: (steps) => timed(steps, () => program.run("gradient", feeds)),
    dispose: () => program.dispose(),
  };
}

/** Bytes that the same takes besides the parameters; undefined where the engine does not know. */
export const gradientBytes = (engine: Engine, built: Model, batchSize: number): number | undefined =>
  engine.workingBytes?.(gradientProgram(supervised(built), batchSize));

function gradientProgram(problem: Problem, batchSize: number): ProgramDefinition<"gradient"> {
  const float = ({ shape }: { readonly shape: readonly number[] }): TensorSpec => ({ shape, dtype: "float32" });
  return {
    state: {
      ...prefixed("theta", map(float, everyParameter(problem))),
      ...prefixed("statistics", map(float, problem.statistics ?? {})),
    },
    entries: {
      gradient: {
        feeds: problem.feeds(batchSize),
        step(state, feeds) {
          const at = state as unknown as { theta: Params; statistics?: Leaves<Tensor> };
          const { value, grads, statistics: moved } = gradients(problem, at, feeds, batchSize, undefined);
          return {
            state: { theta: at.theta, statistics: moved },
            outputs: { loss: value, gradientSums: gradientSums(problem, grads) },
          };
        },
      },
    },
  };
}

function madeUp({ input, classes }: Model, size: number): Batch {
  const images = Float32Array.from({ length: size * sizeOf(input) }, namedStream(0, "bench"));
  const labels = Int32Array.from({ length: size }, (_, i) => i % classes);
  return { size, feeds: { images, labels } };
}

function timed(steps: number, step: () => unknown): number[] {
  return Array.from({ length: steps }, () => {
    const begun = milliseconds();
    step();
    return milliseconds() - begun;
  });
}
