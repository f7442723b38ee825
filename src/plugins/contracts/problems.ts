import { namedStream } from "../../core/rng.js";
import type { Leaves } from "../../core/tree.js";
import type { HostArray } from "../../engine/host.js";
import { add, batchNormTraining, conv2d, maxPool, mul, relu, reshape, square, sub, sum } from "../../engine/ops.js";
import type { ParameterSpec } from "../../engine/parameters.js";
import { createModel } from "../../models/index.js";
import { initialise } from "../../models/initialise.js";
import { convolutionParameters, linear, linearLayer, linearParameters } from "../../models/layers.js";
import type { Batch, Problem } from "../../training/problem.js";
import { supervised } from "../../training/supervised.js";

/** A problem, where a rule begins on it, and the batch that it is shown. */
export interface Setting {
  readonly problem: Problem;
  readonly start: Leaves<HostArray>;
  readonly batch: Batch;
}

const scalar: ParameterSpec = { shape: [1], initialise: { kind: "constant", value: 0 }, head: false };

/** The specification's test problem P0: 1.5x² + 0.5xy + 0.5y² − x + 0.025y⁴. @internal Exported for tests. */
export const p0: Problem = {
  parameters: { x: scalar, y: scalar },
  feeds: () => ({}),
  loss: ({ x, y }) =>
    sum(
      add(
        sub(add(mul(square(x!), 1.5), add(mul(mul(x!, y!), 0.5), mul(square(y!), 0.5))), x!),
        mul(square(square(y!)), 0.025),
      ),
    ),
  evaluate: () => ({}),
};
/** @internal Exported for tests. */
export const P0_START = { x: Float64Array.of(1), y: Float64Array.of(-2) };

/** @internal Exported for tests. */
export const smallMlp: Problem = supervised(createModel({ kind: "mlp", hidden: [8, 6] }, [3, 3, 1], 4));

/** Convolution without bias, batch normalisation, ReLU, pooling and a classifier on 6x6 images of two channels, 3 classes.
 *  @internal Exported for tests. */
export const smallBatchNorm: Problem = supervised({
  parameters: {
    "conv.weight": convolutionParameters("conv", 3, 2, 4)["conv.weight"]!,
    "norm.scale": { shape: [4], initialise: { kind: "uniform", bound: 1 }, head: false },
    "norm.offset": { shape: [4], initialise: { kind: "uniform", bound: 1 }, head: false },
    ...linearParameters("fc", 36, 3, true),
  },
  layers: {
    conv: { kind: "convolution", weight: "conv.weight", window: { stride: 1, padding: 1 } },
    fc: linearLayer("fc"),
  },
  input: [6, 6, 2],
  classes: 3,
  forward(theta, x, { tap } = {}) {
    const h = conv2d(x, theta["conv.weight"]!, { stride: 1, padding: 1 });
    tap?.("conv", x, h);
    const { y } = batchNormTraining(h, theta["norm.scale"]!, theta["norm.offset"]!, 1e-3);
    return linear(theta, "fc", reshape(maxPool(relu(y), 2), [x.shape[0]!, 36]), tap);
  },
});

/** A batch of random inputs and labels. @internal Exported for tests. */
export function randomBatch(problem: Problem, size: number, classes: number, seed = 0): Batch {
  const uniform = namedStream(seed, "batch");
  const { shape } = problem.feeds(size).images!;
  const images = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => uniform());
  return { size, feeds: { images, labels: Int32Array.from({ length: size }, () => Math.floor(uniform() * classes)) } };
}

/** What every rule is tried on: two numbers, a network, and a convolution with batch normalisation. */
export const SETTINGS: Readonly<Record<string, Setting>> = {
  P0: { problem: p0, start: P0_START, batch: { size: 1, feeds: {} } },
  MLP: { problem: smallMlp, start: initialise(smallMlp.parameters, 3), batch: randomBatch(smallMlp, 6, 4) },
  "batch normalisation": {
    problem: smallBatchNorm,
    start: initialise(smallBatchNorm.parameters, 3),
    batch: randomBatch(smallBatchNorm, 6, 3),
  },
};
