import { describe, expect, test } from "vitest";
import { map } from "../../src/core/tree.js";
import { valueAndGrad } from "../../src/engine/grad.js";
import { sizeOf, type HostArray } from "../../src/engine/host.js";
import { hostArray, tensorCount, tensorFrom, tidy } from "../../src/engine/memory.js";
import { openNamedEngine } from "../../src/engine/open.js";
import type { Tensor } from "../../src/engine/ops.js";
import { createModel, modelSettings, type ModelSettings } from "../../src/models/index.js";
import { initialise } from "../../src/models/initialise.js";
import { supervised } from "../../src/training/supervised.js";
import type { Problem } from "../../src/training/problem.js";
import { centralDifferences, closeTo } from "../support/numbers.js";
import { randomBatch, smallLenet, smallMlp } from "../support/problems.js";

const MLP: ModelSettings = { kind: "mlp", hidden: [256, 256] };
const RESNET: ModelSettings = { kind: "resnet18s", width: 64, freeze: "none" };
const count = ({ parameters }: Problem): number =>
  Object.values(parameters).reduce((sum, { shape }) => sum + sizeOf(shape), 0);

test("numbers of parameters", () => {
  expect(count(supervised(createModel(MLP, [28, 28, 1], 10)))).toBe(784 * 256 + 256 + 256 * 256 + 256 + 2560 + 10);
  expect(count(supervised(createModel({ kind: "lenet" }, [28, 28, 1], 10)))).toBe(61_706);
});

describe("ResNet18 for small images", () => {
  const model = createModel(RESNET, [32, 32, 3], 10);
  const sizes = Object.entries(model.parameters).map(([name, { shape }]) => [name, sizeOf(shape)] as const);
  const total = (holds: (name: string) => boolean): number =>
    sizes.filter(([name]) => holds(name)).reduce((sum, [, size]) => sum + size, 0);

  test("has the parameters of its layers: 20 convolutions, their normalisations, a classifier", () => {
    expect(total((name) => name.startsWith("fc"))).toBe(5_130);
    expect(total((name) => !name.startsWith("fc"))).toBe(11_168_832);
    expect(Object.keys(model.layers)).toHaveLength(21);
    const blocks = Object.values(model.parameters).filter(({ matrix, head }) => matrix !== undefined && !head);
    expect(blocks.reduce((sum, { matrix }) => sum + matrix!.rows + matrix!.columns, 0)).toBe(35_803);
  });

  test("halves the image three times, and every parameter has a gradient", async () => {
    await openNamedEngine("wasm");
    const problem = supervised(createModel(RESNET, [8, 8, 3], 10));
    const theta = initialise(problem.parameters, 0);
    const { feeds } = randomBatch(problem, 2, 10);
    const outputs: Record<string, number[]> = {};
    tidy(() => {
      const tensors = map(
        ({ shape }, name) => tensorFrom(theta[name]!, { shape, dtype: "float32" }),
        problem.parameters,
      );
      const inputs = {
        images: tensorFrom(feeds.images!, { shape: [2, 8, 8, 3], dtype: "float32" }),
        labels: tensorFrom(feeds.labels!, { shape: [2], dtype: "int32" }),
      };
      problem.loss(tensors, inputs, { tap: (layer, _input, output) => (outputs[layer] = [...output.shape]) });
      const { grads } = valueAndGrad((parameters) => problem.loss(parameters, inputs), tensors);
      for (const [name, gradient] of Object.entries(grads))
        expect(hostArray(gradient).every(Number.isFinite), name).toBe(true);
      return [];
    });
    expect(outputs["conv1"]).toEqual([2, 8, 8, 64]);
    expect(outputs["layer4.1.conv2"]).toEqual([2, 1, 1, 512]);
    expect(outputs["fc"]).toEqual([2, 10]);
  });
});

test("every model can be asked for by its name alone", () => {
  for (const { shape } of modelSettings().options) {
    const [kind] = shape.kind.values;
    const { parameters } = createModel(modelSettings().parse({ kind }), [28, 28, 1], 10);
    expect(Object.keys(parameters).length, kind).toBeGreaterThan(0);
  }
});

test("LeNet names the shapes it takes", () => {
  expect(() => createModel({ kind: "lenet" }, [32, 32, 3], 10)).toThrow("28x28 images, not 32x32");
});

describe("initial values", () => {
  const { parameters } = createModel(MLP, [28, 28, 1], 10);
  const theta = initialise(parameters, 5);
  test("are PyTorch's: uniform within 1/sqrt(inputs), both weights and biases", () => {
    for (const [layer, inputs] of [
      ["fc1", 784],
      ["fc2", 256],
      ["fc3", 256],
    ] as const) {
      for (const name of [`${layer}.weight`, `${layer}.bias`]) {
        const values = theta[name]!;
        const bound = 1 / Math.sqrt(inputs);
        expect(values.every((value) => Math.abs(value) <= bound)).toBe(true);
      }
      const weights = theta[`${layer}.weight`]!;
      const variance = weights.reduce((sum, w) => sum + w * w, 0) / weights.length;
      expect(variance * 3 * inputs).toBeCloseTo(1, 1);
    }
  });
  test("depend on the seed and the name only", () => {
    expect(initialise(parameters, 5)).toEqual(theta);
    expect(initialise(parameters, 6)).not.toEqual(theta);
    expect(initialise({ "fc1.weight": parameters["fc1.weight"]! }, 5)["fc1.weight"]).toEqual(theta["fc1.weight"]);
  });
});

describe.each([
  ["MLP", smallMlp, 4, 5],
  ["LeNet", smallLenet, 10, 2],
] as const)("loss of the %s", (_name, problem, classes, size) => {
  const batch = randomBatch(problem, size, classes);
  const theta = initialise(problem.parameters, 2);
  const tensors = (values: Readonly<Record<string, HostArray>>): Record<string, Tensor> =>
    Object.fromEntries(
      Object.entries(values).map(([name, numbers]) => [
        name,
        tensorFrom(numbers, { shape: problem.parameters[name]!.shape, dtype: "float32" }),
      ]),
    );
  const feeds = (): Record<string, Tensor> =>
    Object.fromEntries(
      Object.entries(problem.feeds(size)).map(([name, spec]) => [name, tensorFrom(batch.feeds[name]!, spec)]),
    );

  test("its gradient agrees with central differences in double precision", async () => {
    await openNamedEngine("reference");
    const before = tensorCount();
    const checked: Record<string, number[]> = {};
    tidy(() => {
      const { grads } = valueAndGrad((at) => problem.loss(at, feeds()), tensors(theta));
      for (const [name, gradient] of Object.entries(grads)) checked[name] = [...hostArray(gradient)];
      return [];
    });
    // Ten entries of every parameter: enough to see a wrong axis or factor anywhere.
    for (const [name, values] of Object.entries(theta)) {
      const stride = Math.max(1, Math.floor(values.length / 10));
      const places = Array.from({ length: Math.min(10, values.length) }, (_, i) => i * stride);
      const numeric = centralDifferences(
        ({ picked }) => {
          const moved = values.slice();
          places.forEach((place, i) => (moved[place] = picked![i]!));
          let loss = 0;
          tidy(() => ((loss = hostArray(problem.loss(tensors({ ...theta, [name]: moved }), feeds()))[0]!), []));
          return loss;
        },
        { picked: Float64Array.from(places, (place) => values[place]!) },
      );
      closeTo(
        places.map((place) => checked[name]![place]!),
        numeric.picked!,
        1e-6,
      );
    }
    expect(tensorCount()).toBe(before);
  });

  test("evaluation sums what the loss means", async () => {
    await openNamedEngine("reference");
    tidy(() => {
      const sums = problem.evaluate(tensors(theta), feeds());
      const mean = hostArray(problem.loss(tensors(theta), feeds()))[0]!;
      expect(hostArray(sums.loss!)[0]! / size).toBeCloseTo(mean, 12);
      const correct = hostArray(sums.correct!)[0]!;
      expect(Number.isInteger(correct) && correct >= 0 && correct <= size).toBe(true);
      return [];
    });
  });
});
