import { map, type Leaves } from "../../src/core/tree.js";
import type { HostArray } from "../../src/engine/host.js";
import type { Engine, ProgramDefinition } from "../../src/engine/engine.js";
import { maxPool, relu, reshape } from "../../src/engine/ops.js";
import type { ParameterSpec } from "../../src/engine/parameters.js";
import { createOptimiser, untrained, type MethodId } from "../../src/optimisers/index.js";
import type { LearnedValues } from "../../src/optimisers/optimiser.js";
import {
  convolution,
  convolutionLayer,
  convolutionParameters,
  linear,
  linearLayer,
  linearParameters,
} from "../../src/models/layers.js";
import { createModel } from "../../src/models/index.js";
import type { Problem } from "../../src/training/problem.js";
import { supervised } from "../../src/training/supervised.js";
import { trainingProgram, type TrainingProgram } from "../../src/training/program.js";
import { namedStream } from "../../src/core/rng.js";
import { descendingNetworks } from "./l2o.js";

export { p0, P0_START, randomBatch, smallBatchNorm, smallMlp } from "../../src/plugins/contracts/problems.js";

/** LeNet on random inputs of its shape. */
export const smallLenet: Problem = supervised(createModel({ kind: "lenet" }, [28, 28, 1], 10));

/** A convolution with bias, ReLU, pooling and a classifier on 6x6 images of two channels, 3 classes. */
export const tinyConvolution: Problem = supervised({
  parameters: { ...convolutionParameters("conv", 3, 2, 3), ...linearParameters("fc", 12, 3, true) },
  layers: { conv: convolutionLayer("conv", { stride: 1, padding: 0 }), fc: linearLayer("fc") },
  input: [6, 6, 2],
  classes: 3,
  forward(theta, x, { tap } = {}) {
    const h = convolution(theta, "conv", x, { stride: 1, padding: 0 }, tap);
    return linear(theta, "fc", reshape(maxPool(relu(h), 2), [x.shape[0]!, 12]), tap);
  },
});

/** ResNet18 of two channels on 8x8 images, 3 classes, where L2O is still quick; and with only its classifier trained. */
const resnet = (freeze: "none" | "backbone"): Problem =>
  supervised(createModel({ kind: "resnet18s", width: 2, freeze }, [8, 8, 3], 3));
export const smallResnet = resnet("none");
export const frozenResnet = resnet("backbone");

/** Values for a learned rule, near those before it is learned, the same for every call; nothing for a plain one.
 *  An untrained network goes nowhere in particular, so L2O gets one that descends. */
export function someLearned(method: MethodId, parameters: Leaves<ParameterSpec>, size = 0.5): LearnedValues {
  if (method === "l2o") return descendingNetworks(parameters);
  const uniform = namedStream(1, "learned");
  const near = (values: HostArray): Float64Array => {
    const largest = Array.from(values, Math.abs).reduce((held, value) => Math.max(held, value), 0);
    const spread = (2 * size * (largest === 0 ? 1 : largest)) / Math.sqrt(values.length);
    return Float64Array.from(values, (value) => value + (uniform() - 0.5) * spread);
  };
  return map((symbols) => map(near, symbols), untrained(method, parameters));
}

/** Compiles a method on a problem; a learned rule gets the given values, or some. @param held as of `trainingProgram`. */
export function programOf(
  engine: Engine,
  method: MethodId,
  problem: Problem,
  sizes: readonly number[],
  settings: unknown = {},
  learned: LearnedValues = someLearned(method, problem.parameters),
  held?: ProgramDefinition["held"],
): TrainingProgram {
  const { parameters, layers } = problem;
  const create = (values?: LearnedValues): ReturnType<typeof createOptimiser> =>
    createOptimiser(method, settings, { parameters, layers, learned: values, mayTurn: true });
  return trainingProgram(engine, problem, create, sizes, learned, held);
}
