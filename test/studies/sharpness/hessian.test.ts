import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hessianProducts, layoutOf, type ProductKind } from "../../../src/studies/sharpness/hessian.js";
import { evenly, lossLine, rise } from "../../../src/studies/landscape/loss-along.js";
import { packageRoot } from "../../../src/core/files.js";
import { largestEigenvalues } from "../../../src/core/linear/lanczos.js";
import { norm } from "../../../src/core/linear/vectors.js";
import { namedStream } from "../../../src/core/rng.js";
import { map } from "../../../src/core/tree.js";
import type { Engine } from "../../../src/engine/engine.js";
import type { HostArray } from "../../../src/engine/host.js";
import { tensorCount } from "../../../src/engine/memory.js";
import { openNamedEngine } from "../../../src/engine/open.js";
import { tanh } from "../../../src/engine/ops.js";
import { createModel, type ModelSettings } from "../../../src/models/index.js";
import { linear, linearLayer, linearParameters } from "../../../src/models/layers.js";
import { stateDict } from "../../../src/models/torch-layout.js";
import type { Batch, Problem } from "../../../src/training/problem.js";
import { supervised } from "../../../src/training/supervised.js";
import { evaluator } from "../../../src/training/evaluate.js";
import { eachEngine } from "../../support/engines.js";
import { closeTo } from "../../support/numbers.js";
import { drill } from "../../support/require.js";
import { drawnAsTorch, noise, torchDirection } from "../../support/torch-noise.js";

interface Golden {
  readonly tanh: {
    readonly loss: number;
    readonly spectrum: number[];
    readonly eigenvector: number[];
    readonly grid: number[];
    readonly losses: number[];
  };
  readonly nets: readonly {
    readonly name: "mlp" | "lenet" | "resnet18s" | "resnet18";
    readonly image: number[];
    readonly classes: number;
    readonly batch: number;
    readonly loss: number;
    readonly product: Readonly<Record<string, number[]>>;
    readonly productNorm: number;
    readonly largest?: number[];
  }[];
}
/** Made by scripts/golden/hessian.py. */
const golden = JSON.parse(readFileSync(join(packageRoot(), "test", "golden", "hessian.json"), "utf8")) as Golden;

/** An MLP 3-2-2 with tanh and its four examples. */
const tanhNet: Problem = supervised({
  parameters: { ...linearParameters("fc1", 3, 2, false), ...linearParameters("fc2", 2, 2, true) },
  layers: { fc1: linearLayer("fc1"), fc2: linearLayer("fc2") },
  input: [3],
  classes: 2,
  forward: (theta, x) => linear(theta, "fc2", tanh(linear(theta, "fc1", x))),
});
const tanhLayout = layoutOf(tanhNet.parameters);
const tanhPoint = tanhLayout.parts(Float64Array.from({ length: 14 }, (_, i) => 0.5 * Math.sin(1.3 * i + 0.4)));
const tanhData = [1, 0.5, -0.2, -0.3, 0.8, 0.1, 0.2, -1, 0.7, 0.9, 0.4, 1.5];
const tanhBatch: Batch = {
  size: 4,
  feeds: { images: Float64Array.from(tanhData), labels: Int32Array.of(0, 1, 1, 0) },
};
/** The same examples in batches of three and one. */
const tanhBatches: Batch[] = [
  { size: 3, feeds: { images: Float64Array.from(tanhData.slice(0, 9)), labels: Int32Array.of(0, 1, 1) } },
  { size: 1, feeds: { images: Float64Array.from(tanhData.slice(9)), labels: Int32Array.of(0) } },
];

const SETTINGS: Readonly<Record<string, ModelSettings>> = {
  mlp: { kind: "mlp", hidden: [8, 6] },
  lenet: { kind: "lenet" },
  resnet18s: { kind: "resnet18s", width: 1, freeze: "none" },
  resnet18: { kind: "resnet18", width: 1, freeze: "none" },
};
const NETS = golden.nets.map((net) => {
  const problem = supervised(createModel(SETTINGS[net.name]!, net.image, net.classes));
  const { image, batch: size } = net;
  const images = noise(size * image.reduce((product, side) => product * side, 1), 0);
  const batch: Batch = {
    size,
    feeds: { images, labels: Int32Array.from({ length: size }, (_, i) => i % net.classes) },
  };
  return { ...net, problem, values: drawnAsTorch(problem), batch };
});
type Net = (typeof NETS)[number];
const named = NETS.map((net) => [net.name, net] as const);

async function productOf(engine: Engine, { problem, values, batch, product }: Net, kind: ProductKind) {
  const products = hessianProducts(engine, problem, [batch.size], kind);
  const v = products.layout.joined(torchDirection(problem, Object.keys(product)));
  const result = await products.product(values, v, () => [batch]);
  products.dispose();
  return { vector: result, parts: products.layout.parts(result) as Record<string, HostArray> };
}

/** The first numbers of every parameter as PyTorch orders them, in one list. */
function beginnings(problem: Problem, parts: Record<string, HostArray>, like: Net["product"]): number[] {
  const stored = stateDict({ parameters: problem.parameters }, parts);
  return Object.keys(like).flatMap((name) => [...stored[name]!.values.slice(0, 4)]);
}

await eachEngine(({ use, tolerance }) => {
  test.each(named)("Hv of %s in evaluation is PyTorch's", async (_name, net) => {
    const { vector, parts } = await productOf(await use(), net, "exact");
    closeTo(beginnings(net.problem, parts, net.product), Object.values(net.product).flat(), 10 * tolerance);
    closeTo([norm(vector)], [net.productNorm], 10 * tolerance);
  });

  test("by central differences, Hv of the net with tanh is nearly that", async () => {
    const engine = await use();
    const v = Float64Array.from({ length: 14 }, (_, i) => Math.cos(0.7 * i));
    const product = async (kind: ProductKind): Promise<Float64Array> => {
      const products = hessianProducts(engine, tanhNet, [3, 1], kind);
      const result = await products.product(tanhPoint, v, () => tanhBatches);
      products.dispose();
      return result;
    };
    closeTo(await product("central"), await product("exact"), Math.sqrt(tolerance));
  });

  test("of the net with tanh: Lanczos finds the spectrum's upper end, over one batch or two", async () => {
    const engine = await use();
    const { spectrum, eigenvector } = golden.tanh;
    for (const batches of [[tanhBatch], tanhBatches]) {
      const products = hessianProducts(
        engine,
        tanhNet,
        batches.map(({ size }) => size),
        "exact",
      );
      const found = await largestEigenvalues((v) => products.product(tanhPoint, v, () => batches), 14, {
        steps: 14,
        count: 3,
        tolerance: 10 * tolerance,
        uniform: namedStream(3, "lanczos"),
      });
      products.dispose();
      closeTo(found.values, spectrum.slice(-3).reverse(), 2 * tolerance);
      closeTo(found.vector, eigenvector, 100 * tolerance);
      expect(found.converged).toBe(true);
    }
  });

  test("of the net with tanh: losses along the eigenvector", async () => {
    const line = lossLine(await use(), tanhNet, [3, 1]);
    const { grid, losses, eigenvector } = golden.tanh;
    const direction = tanhLayout.parts(Float64Array.from(eigenvector));
    closeTo(await line.losses(tanhPoint, direction, grid, tanhBatches), losses, tolerance);
    line.dispose();
  });

  test.each(named)(
    "losses along a line of %s: at 0 that of an evaluation, which keeps running statistics",
    async (_name, net) => {
      const engine = await use();
      const { problem, values, batch, product } = net;
      const line = lossLine(engine, problem, [batch.size]);
      const direction = map((part) => part, torchDirection(problem, Object.keys(product)));
      const [before, moved, after] = await line.losses(values, direction, [0, 0.01, 0], [batch]);
      line.dispose();
      const evaluation = evaluator(engine, problem, [batch.size]);
      closeTo([before!], [evaluation.evaluate(values, [batch]).loss], tolerance / 10);
      evaluation.dispose();
      expect(after).toBe(before);
      expect(moved).not.toBe(before);
      closeTo([before!], [net.loss], tolerance);
    },
  );

  test("leave no tensor behind, and tell of every batch", async () => {
    const engine = await use();
    const before = tensorCount();
    let told = 0;
    const pause = (): Promise<void> => Promise.resolve(void told++);
    for (const kind of ["exact", "central"] as const) {
      const products = hessianProducts(engine, tanhNet, [3, 1], kind);
      await products.product(tanhPoint, new Float64Array(14).fill(1), () => tanhBatches, pause);
      products.dispose();
    }
    const line = lossLine(engine, tanhNet, [3, 1]);
    await line.losses(tanhPoint, tanhPoint, [-1, 0, 1], tanhBatches, pause);
    line.dispose();
    expect(told).toBe(2 + 4 + 2);
    expect(tensorCount()).toBe(before);
  });
});

describe("against dense Hessians, in double precision", () => {
  const dense = named.filter(([, { largest }]) => largest !== undefined);
  test.each(named)("central differences of %s, whose kinks a step this small misses", async (_name, net) => {
    const engine = await openNamedEngine("reference");
    const [exact, central] = [await productOf(engine, net, "exact"), await productOf(engine, net, "central")];
    closeTo(central.vector, exact.vector, 1e-6);
  });

  drill.each(dense)("the largest eigenvalues of %s", async (_name, { problem, values, batch, largest }) => {
    const engine = await openNamedEngine("reference");
    const products = hessianProducts(engine, problem, [batch.size], "exact");
    const settings = { steps: 60, count: 3, tolerance: 1e-9, uniform: namedStream(0, "lanczos") };
    const apply = (v: Float64Array): Promise<Float64Array> => products.product(values, v, () => [batch]);
    const found = await largestEigenvalues(apply, products.layout.size, settings);
    products.dispose();
    closeTo(found.values, largest!, 1e-9);
    expect(found.converged).toBe(true);
    expect(found.products).toBeLessThan(60);
  });
});

test("the product does not depend on how long v is, and that of 0 is 0", async () => {
  const products = hessianProducts(await openNamedEngine("reference"), tanhNet, [4], "central");
  const v = Float64Array.from({ length: 14 }, (_, i) => Math.cos(i));
  const product = (by: number): Promise<Float64Array> =>
    products.product(
      tanhPoint,
      v.map((x) => by * x),
      () => [tanhBatch],
    );
  const [one, thousand, none] = [await product(1), await product(1000), await product(0)];
  products.dispose();
  closeTo(
    thousand.map((x) => x / 1000),
    one,
    1e-9,
  );
  expect([...none]).toEqual(new Array(14).fill(0));
});

test("an evenly spaced grid meets its ends and its middle", () => {
  expect(evenly(-1, 1, 5)).toEqual([-1, -0.5, 0, 0.5, 1]);
  expect(evenly(-1, 1, 41)[20]).toBe(0);
  expect(rise([3, 1, 2], 1)).toBe(1);
});
