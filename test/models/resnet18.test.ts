import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../../src/core/files.js";
import { map } from "../../src/core/tree.js";
import { valueAndGrad } from "../../src/engine/grad.js";
import { sizeOf, type HostArray } from "../../src/engine/host.js";
import { hostArray, tensorCount, tensorFrom, tidy } from "../../src/engine/memory.js";
import { openNamedEngine } from "../../src/engine/open.js";
import type { Tensor } from "../../src/engine/ops.js";
import { batchNorm } from "../../src/models/batch-norm.js";
import { createModel, type ModelSettings } from "../../src/models/index.js";
import { initialise } from "../../src/models/initialise.js";
import type { Model } from "../../src/models/model.js";
import { pretrained, type Stored } from "../../src/models/torch-layout.js";
import { supervised } from "../../src/training/supervised.js";
import { evaluator } from "../../src/training/evaluate.js";
import { eachEngine } from "../support/engines.js";
import { closeTo } from "../support/numbers.js";
import { programOf, randomBatch, smallResnet } from "../support/problems.js";

type Kind = "resnet18s" | "resnet18";
const build = (kind: Kind, width: number, input: readonly number[], classes: number): Model =>
  createModel({ kind, width, freeze: "none" } satisfies ModelSettings, input, classes);
const sizes = ({ parameters }: Model, head: boolean): number =>
  Object.values(parameters)
    .filter((parameter) => parameter.head === head)
    .reduce((sum, { shape }) => sum + sizeOf(shape), 0);

describe("sizes", () => {
  // Without the classifier; MetaMD's learned numbers are a row and a column for each of the twenty kernels.
  test.each([
    ["resnet18", 64, [224, 224, 3], 11_176_512, 35_923],
    ["resnet18s", 64, [32, 32, 3], 11_168_832, 35_803],
    ["resnet18", 16, [64, 64, 3], 702_096, 9_091],
    ["resnet18s", 16, [32, 32, 3], 700_176, 8_971],
  ] as const)("%s of width %d on %j", (kind, width, input, parameters, metaParameters) => {
    const model = build(kind, width, input, 10);
    expect(sizes(model, false)).toBe(parameters);
    expect(sizes(model, true)).toBe((8 * width + 1) * 10);
    expect(Object.keys(model.layers)).toHaveLength(21);
    const kernels = Object.values(model.parameters).filter(({ matrix, head }) => matrix !== undefined && !head);
    expect(kernels).toHaveLength(20);
    expect(kernels.reduce((sum, { matrix }) => sum + matrix!.rows + matrix!.columns, 0)).toBe(metaParameters);
    expect(Object.keys(model.statistics!)).toHaveLength(40);
  });
});

test("initial values: kernels of standard deviation √(2/(out k²)), scales 1, offsets 0, running mean 0 and variance 1", () => {
  const model = build("resnet18s", 16, [32, 32, 3], 10);
  const theta = initialise(model.parameters, 1);
  const kernel = theta["layer3.1.conv2.weight"]!;
  const variance = kernel.reduce((sum, w) => sum + w * w, 0) / kernel.length;
  expect(variance * 64 * 9).toBeCloseTo(2, 1);
  expect(new Set(theta["layer3.1.bn2.weight"])).toEqual(new Set([1]));
  expect(new Set(theta["layer2.0.downsample.1.bias"])).toEqual(new Set([0]));
  const statistics = initialise(model.statistics!, 1);
  expect(new Set(statistics["bn1.running_mean"])).toEqual(new Set([0]));
  expect(new Set(statistics["layer2.0.downsample.1.running_var"])).toEqual(new Set([1]));
});

test("the stem of the large form halves the image twice, the small form's keeps it", async () => {
  await openNamedEngine("wasm");
  const shapes = (kind: Kind, side: number): Record<string, number[]> => {
    const problem = supervised(build(kind, 2, [side, side, 3], 3));
    const outputs: Record<string, number[]> = {};
    const theta = initialise(problem.parameters, 0);
    tidy(() => {
      const tensors = map((v, name) => tensorFrom(v, { ...problem.parameters[name]!, dtype: "float32" }), theta);
      const feeds = map((spec, name) => tensorFrom(randomBatch(problem, 2, 3).feeds[name]!, spec), problem.feeds(2));
      problem.loss(tensors, feeds, { tap: (layer, _input, output) => (outputs[layer] = [...output.shape]) });
      return [];
    });
    return outputs;
  };
  const [large, small] = [shapes("resnet18", 64), shapes("resnet18s", 32)];
  expect(large["conv1"]).toEqual([2, 32, 32, 2]);
  expect(large["layer1.0.conv1"]).toEqual([2, 16, 16, 2]);
  expect(large["layer4.1.conv2"]).toEqual([2, 2, 2, 16]);
  expect(small["layer1.0.conv1"]).toEqual([2, 32, 32, 2]);
  expect(small["layer4.1.conv2"]).toEqual([2, 4, 4, 16]);
  // An image of odd sides is taken too.
  expect(shapes("resnet18", 37)["layer4.1.conv2"]).toEqual([2, 2, 2, 16]);
});

interface Golden {
  readonly width: number;
  readonly classes: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly cases: readonly {
    readonly kind: Kind;
    readonly side: number;
    readonly logitsBefore: readonly number[][];
    readonly losses: readonly number[];
    readonly logitsAfter: readonly number[][];
    readonly statistics: Readonly<Record<string, number[]>>;
    readonly weights: Readonly<Record<string, number[]>>;
  }[];
}
/** Made by scripts/pytorch/golden.py, whose weights and images the two functions below repeat. */
const golden = JSON.parse(readFileSync(join(packageRoot(), "test", "golden", "resnet18.json"), "utf8")) as Golden;
const noise = (size: number, key: number): Float64Array =>
  Float64Array.from({ length: size }, (_, i) => (2 * (((31 + key) * i * i + 17 * i + 101 * key) % 1009)) / 1009 - 1);

/** The weights that the maker begins with, as PyTorch stores them. */
function begun(model: Model): Record<string, Stored> {
  const specs = { ...model.parameters, ...model.statistics! };
  const names = Object.keys(specs).sort();
  return map(({ shape }, name) => {
    const torchShape = shape.length === 4 ? [shape[3]!, shape[2]!, shape[0]!, shape[1]!] : shape;
    const own = noise(sizeOf(shape), 1 + names.indexOf(name));
    const around1 = name.endsWith("running_var") || (shape.length === 1 && name.endsWith("weight"));
    const fan = shape.length > 1 ? sizeOf(torchShape.slice(1)) : 25;
    return { shape: torchShape, values: own.map((v) => (around1 ? 1 + 0.2 * v : v * Math.sqrt(2 / fan))) };
  }, specs);
}

await eachEngine(({ tolerance, use }) => {
  test.each(golden.cases)(
    "$kind is PyTorch's: logits, two steps, running statistics, logits again",
    async ({ kind, side, ...expected }) => {
      const engine = await use();
      const { width, classes, batch: size } = golden;
      const fresh = build(kind, width, [side, side, 3], classes);
      const { model, head } = pretrained(fresh, begun(fresh), "golden");
      expect(head).toBe("taken");
      const problem = supervised(model);
      const images = noise(size * side * side * 3, 0);
      const batch = { size, feeds: { images, labels: Int32Array.from({ length: size }, (_, i) => i % classes) } };
      const program = programOf(engine, "sgd", problem, [size]);
      const logits = (): HostArray => {
        const values = program.values();
        let result: HostArray | undefined;
        tidy(() => {
          const tensor = (spec: { shape: readonly number[] }, name: string): Tensor =>
            tensorFrom(values[name]!, { shape: spec.shape, dtype: "float32" });
          const theta = map(tensor, model.parameters);
          const x = tensorFrom(images, { shape: [size, side, side, 3], dtype: "float32" });
          const pass = { evaluation: true, statistics: map(tensor, model.statistics!) };
          result = hostArray(model.forward(theta, x, pass));
          return [];
        });
        return result!;
      };
      program.start(initialise(model.parameters, 0));
      closeTo(logits(), expected.logitsBefore.flat(), tolerance);
      const losses = [1, 2].map((t) => program.step(batch, t, golden));
      closeTo(losses, expected.losses, tolerance);
      const state = program.read();
      for (const [name, numbers] of Object.entries(expected.statistics))
        closeTo(state[`statistics/${name}`]!, numbers, tolerance);
      for (const [name, numbers] of Object.entries(expected.weights))
        closeTo(state[`theta/${name}`]!, numbers, tolerance);
      closeTo(logits(), expected.logitsAfter.flat(), tolerance);
      program.dispose();
    },
  );

  test("evaluation takes the running statistics: a chunk's other images do not matter", async () => {
    const evaluate = evaluator(await use(), smallResnet, [4, 1]);
    const values = initialise({ ...smallResnet.parameters, ...smallResnet.statistics }, 1);
    const { feeds } = randomBatch(smallResnet, 4, 3);
    const one = (i: number) => ({
      size: 1,
      feeds: { images: feeds.images!.slice(i * 192, (i + 1) * 192), labels: feeds.labels!.slice(i, i + 1) },
    });
    const together = evaluate.evaluate(values, [{ size: 4, feeds }]);
    const apart = evaluate.evaluate(values, [one(0), one(1), one(2), one(3)]);
    expect(Math.abs(apart.loss / together.loss - 1)).toBeLessThan(tolerance);
    expect(apart.accuracy).toBe(together.accuracy);
    evaluate.dispose();
  });
});

describe("batch normalisation", () => {
  const x = Float64Array.of(1, 3, 5, 7);
  const vector = (value: number): Tensor => tensorFrom(Float64Array.of(value), { shape: [1], dtype: "float32" });
  const theta = (): Record<string, Tensor> => ({ "bn.weight": vector(2), "bn.bias": vector(0.5) });
  const statistics = (): Record<string, Tensor> => ({
    "bn.running_mean": vector(1),
    "bn.running_var": vector(4),
  });
  const run = (values: Float64Array, evaluation: boolean): { y: number[]; moved: Record<string, number> } => {
    const moved: Record<string, number> = {};
    let y: number[] = [];
    tidy(() => {
      const input = tensorFrom(values, { shape: [values.length, 1], dtype: "float32" });
      const pass = {
        evaluation,
        statistics: statistics(),
        moved: (name: string, next: Tensor): void => void (moved[name] = hostArray(next)[0]!),
      };
      y = [...hostArray(batchNorm(theta(), "bn", input, pass))];
      return [];
    });
    return { y, moved };
  };

  test("in training: the batch's statistics, and a tenth of its mean and unbiased variance", async () => {
    await openNamedEngine("reference");
    const { y, moved } = run(x, false);
    closeTo(
      y,
      [-3, -1, 1, 3].map((d) => (2 * d) / Math.sqrt(5 + 1e-5) + 0.5),
      1e-14,
    );
    expect(moved["bn.running_mean"]).toBeCloseTo(0.9 * 1 + 0.1 * 4, 14);
    expect(moved["bn.running_var"]).toBeCloseTo(0.9 * 4 + 0.1 * (20 / 3), 14);
  });

  test("in evaluation: the running ones, which stay", async () => {
    await openNamedEngine("reference");
    const { y, moved } = run(x, true);
    closeTo(
      y,
      [0, 2, 4, 6].map((d) => (2 * d) / Math.sqrt(4 + 1e-5) + 0.5),
      1e-14,
    );
    expect(moved).toEqual({});
  });

  test("a single value has no variance, unbiased or not", async () => {
    await openNamedEngine("reference");
    const { y, moved } = run(Float64Array.of(3), false);
    expect(y).toEqual([0.5]);
    expect(moved["bn.running_var"]).toBeCloseTo(3.6, 14);
  });

  test("evaluation without running statistics names them", async () => {
    await openNamedEngine("reference");
    const without = (): unknown => batchNorm(theta(), "bn", vector(1), { evaluation: true });
    expect(without).toThrow("no running statistics of bn were given");
  });
});

test("the loss of the large form has the gradient of central differences", async () => {
  await openNamedEngine("reference");
  const problem = supervised(build("resnet18", 2, [21, 18, 2], 3));
  const before = tensorCount();
  const batch = randomBatch(problem, 4, 3, 2);
  // Away from fresh weights, where many gradients are alike.
  const start = map(
    (v, name) => v.map((value, i) => value + 0.1 * Math.sin(i + name.length)),
    initialise(problem.parameters, 2),
  );
  const evaluate = <Result>(
    values: Readonly<Record<string, HostArray>>,
    of: (loss: (at: Record<string, Tensor>) => Tensor, at: Record<string, Tensor>) => Result,
  ): Result => {
    let result: Result | undefined;
    tidy(() => {
      const feeds = map((spec, name) => tensorFrom(batch.feeds[name]!, spec), problem.feeds(4));
      const at = map((v, name) => tensorFrom(v, { shape: problem.parameters[name]!.shape, dtype: "float32" }), values);
      result = of((theta) => problem.loss(theta, feeds), at);
      return [];
    });
    return result!;
  };
  const exact = evaluate(start, (loss, at) =>
    map((g) => Float64Array.from(hostArray(g)), valueAndGrad(loss, at).grads),
  );
  const lossAt = (name: string, place: number, by: number): number => {
    const moved = start[name]!.slice();
    moved[place]! += by;
    return evaluate({ ...start, [name]: moved }, (loss, at) => hostArray(loss(at))[0]!);
  };
  const h = 1e-6;
  for (const [name, values] of Object.entries(start)) {
    const places = [0, values.length >> 1, values.length - 1];
    const numeric = places.map((place) => (lossAt(name, place, h) - lossAt(name, place, -h)) / (2 * h));
    const largest = exact[name]!.reduce((held, g) => Math.max(held, Math.abs(g)), 0);
    places.forEach((place, i) => {
      expect(Math.abs(exact[name]![place]! - numeric[i]!), `${name}[${place}]`).toBeLessThan(
        1e-6 * Math.max(largest, 0.01),
      );
    });
  }
  expect(tensorCount()).toBe(before);
});
