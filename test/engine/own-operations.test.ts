// Operations that the native engine has of its own, by hand and against the reference engine. The LSTM has a file
// of its own.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../src/core/files.js";
import { contentId } from "../../src/core/hash.js";
import { namedStream } from "../../src/core/rng.js";
import { kernelsFile, KERNEL_MODULE } from "../../src/engine/backends/tensorflow/location.js";
import { valueAndGrad } from "../../src/engine/grad.js";
import { sizeOf, type HostArray } from "../../src/engine/host.js";
import { hostArray, tensorFrom, tidy } from "../../src/engine/memory.js";
import { openNamedEngine } from "../../src/engine/open.js";
import * as ops from "../../src/engine/ops.js";
import type { Tensor } from "../../src/engine/ops.js";
import { eachEngine } from "../support/engines.js";
import { scratchFolder } from "../support/folder.js";
import { closeTo } from "../support/numbers.js";
import { weightsOf } from "../support/operations.js";
import { withOwnOperations } from "../support/own-operations.js";

await withOwnOperations(scratchFolder());

test("their file's name changes with every source", () => {
  const folder = join(packageRoot(), dirname(KERNEL_MODULE));
  const texts = readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name), "utf8"));
  const included = texts.flatMap((text) => [...text.matchAll(/#include "(.+)"/g)].map(([, name]) => name));
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(included));
  expect(kernelsFile("", "avx2")).toBe(`kernels-avx2-${contentId(texts).slice(0, 8)}.node`);
});

const tensor = (values: HostArray, shape: readonly number[]): Tensor => tensorFrom(values, { shape, dtype: "float32" });

/** Numbers in [-1, 1) that float32 has. */
function drawn(count: number, ...name: (string | number)[]): Float64Array {
  const uniform = namedStream(0, ...name.map(String));
  return Float64Array.from({ length: count }, () => Math.fround(2 * uniform() - 1));
}

function read(compute: () => Tensor): { shape: readonly number[]; values: number[] } {
  let result: ReturnType<typeof read> = { shape: [], values: [] };
  tidy(() => {
    const computed = compute();
    result = { shape: computed.shape, values: [...hostArray(computed)] };
    return [];
  });
  return result;
}

/** (I + v vᵀ)⁻¹ x of a vector, by Sherman and Morrison. */
function solved(v: Float64Array, x: Float64Array): Float64Array {
  const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, one, i) => sum + one * b[i]!, 0);
  const along = dot(v, x) / (1 + dot(v, v));
  return x.map((one, i) => one - along * v[i]!);
}

/** P of (I + l lᵀ) P (I + r rᵀ) = G: its rows are solved for r, then its columns for l. */
function solvedByHand(g: Float64Array, l: Float64Array, r: Float64Array): Float64Array {
  const [height, width] = [l.length, r.length];
  const p = g.slice();
  for (let i = 0; i < height; i++) p.set(solved(r, p.slice(i * width, (i + 1) * width)), i * width);
  for (let j = 0; j < width; j++)
    solved(
      l,
      l.map((_one, i) => p[i * width + j]!),
    ).forEach((one, i) => (p[i * width + j] = one));
  return p;
}

/** A vector and its scaled form, of a shape. */
function factor(vector: Float64Array, shape: readonly number[]): Parameters<typeof ops.rankOneSolve>[1] {
  const scale = 1 / (1 + vector.reduce((sum, x) => sum + x * x, 0));
  const scaled = vector.map((x) => x * scale);
  return { vector: tensor(vector, shape), scaled: tensor(scaled, shape) };
}

/** Rows, inner side and columns of products: one entry, less than a tile, whole tiles, some more; the last one is TensorFlow's. */
const PRODUCTS = [
  [1, 1, 1],
  [3, 5, 7],
  [8, 16, 48],
  [16, 33, 96],
  [10, 128, 256],
  [128, 300, 10],
  [37, 53, 171],
  [128, 784, 256],
  [2, 1500, 3],
] as const;
const TURNS = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const;
const transposed = (x: Tensor): Tensor => ops.transpose(x, [1, 0]);

/** A pooling: side of a window, stride, and shape of the images; numbers are rounded to so many steps, so that there are
 *  equal ones. */
type Pooling = readonly [size: number, stride: number, shape: readonly number[]];
const POOLINGS: readonly Pooling[] = [
  [2, 2, [3, 6, 8, 1]],
  [2, 2, [2, 7, 5, 6]],
  [2, 2, [2, 4, 4, 16]],
  [2, 2, [1, 5, 4, 37]],
  [3, 3, [2, 9, 10, 3]],
  [3, 2, [2, 9, 8, 5]],
  [3, 2, [1, 7, 7, 64]],
  [2, 3, [2, 8, 9, 7]],
  [4, 4, [1, 4, 4, 2]],
];
const rounded = ([, , shape]: Pooling): Float64Array =>
  drawn(sizeOf(shape), "pooled", ...shape).map((x) => Math.round(4 * x) / 4 + 0);

const pooled = ([size, stride, shape]: Pooling, x: HostArray): ReturnType<typeof read> =>
  read(() => ops.maxPool(tensor(x, shape), size, { stride, padding: 0 }));

/** The gradient of a weighted sum of the maxima; the weights add up without rounding. */
const poolingGradient = ([size, stride, shape]: Pooling, x: HostArray): number[] =>
  read(() => {
    const weighted = ({ x }: Readonly<Record<string, Tensor>>): Tensor => {
      const y = ops.maxPool(x!, size, { stride, padding: 0 });
      const weights = weightsOf(y.size).map((w) => Math.round(64 * w) / 64 + 0);
      return ops.sum(ops.mul(y, tensor(weights, y.shape)));
    };
    return valueAndGrad(weighted, { x: tensor(x, shape) }).grads.x!;
  }).values;

await eachEngine(({ name, use, engine, tolerance }) => {
  test("the native engine has a preconditioner and updates of its own", async () => {
    await use();
    expect(engine.details.kernels?.rankOneSolve ?? false).toBe(name === "tensorflow");
    expect(engine.details.kernels?.elementwise ?? false).toBe(name === "tensorflow");
    expect(engine.details.kernels?.sums ?? false).toBe(name === "tensorflow");
  });

  test.each([
    [1, 1],
    [7, 9],
    [25, 6],
    [6, 25],
    [33, 48],
    [64, 10],
    [130, 131],
    [301, 131],
    [3, 20000],
    ...(name === "wasm" ? [] : [[3, 0]]), // WebAssembly's library multiplies nothing that is empty
  ])("between the inverses of identities plus one rank, %d x %d", async (height, width) => {
    await use();
    const [g, l, r] = [height * width, height, width].map((count, i) => drawn(count, "solve", height, width, i)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const given = read(() =>
      ops.rankOneSolve(tensor(g, [height, 1, width]), factor(l, [height, 1]), factor(r, [1, width])),
    );
    expect(given.shape).toEqual([height, 1, width]);
    closeTo(given.values, solvedByHand(g, l, r), tolerance);
  });

  test("without vectors nothing changes", async () => {
    await use();
    const [g, none] = [drawn(7 * 20, "unchanged"), factor(new Float64Array(20), [1, 20])];
    const given = read(() => ops.rankOneSolve(tensor(g, [7, 20]), factor(new Float64Array(7), [7, 1]), none));
    expect(given.values).toEqual([...g]);
  });

  test("the native engine has products of its own on several threads", async () => {
    await use();
    expect(engine.details.kernels?.matMul ?? false).toBe(name === "tensorflow");
  });

  test.each(PRODUCTS.flatMap((sizes) => TURNS.map((turns) => [...sizes, ...turns] as const)))(
    "the product of %d x %d and %d columns, factors turned: %s and %s",
    async (rows, depth, columns, turnsA, turnsB) => {
      await use();
      const a = drawn(rows * depth, "a", rows, depth);
      const b = drawn(depth * columns, "b", depth, columns);
      const given = read(() => {
        const [left, right] = [tensor(a, [rows, depth]), tensor(b, [depth, columns])];
        return ops.matMul(turnsA ? transposed(left) : left, turnsB ? transposed(right) : right, turnsA, turnsB);
      });
      expect(given.shape).toEqual([rows, columns]);
      const entry = (at: number): number => {
        const [i, j] = [Math.floor(at / columns), at % columns];
        return a.subarray(i * depth, (i + 1) * depth).reduce((sum, x, k) => sum + x * b[k * columns + j]!, 0);
      };
      closeTo(
        given.values,
        Array.from({ length: rows * columns }, (_unused, at) => entry(at)),
        tolerance,
      );
    },
  );

  test("NaN in a row of a factor are in that row of the product alone", async () => {
    await use();
    const [a, b] = [drawn(9 * 200, "flawed"), drawn(200 * 600, "whole")];
    a[200 * 4 + 7] = NaN;
    const { values } = read(() => ops.matMul(tensor(a, [9, 200]), tensor(b, [200, 600])));
    expect(values.flatMap((value, at) => (Number.isNaN(value) ? [at] : []))).toEqual(
      Array.from({ length: 600 }, (_unused, j) => 4 * 600 + j),
    );
  });

  test.each(POOLINGS)("maxima of windows of %d every %d, images %j, are the reference's", async (...pooling) => {
    const x = rounded(pooling);
    await openNamedEngine("reference");
    const expected = { maxima: pooled(pooling, x), gradient: poolingGradient(pooling, x) };
    await use();
    expect(pooled(pooling, x)).toEqual(expected.maxima);
    expect(poolingGradient(pooling, x)).toEqual(expected.gradient);
  });

  test.each(POOLINGS)("NaN in a window of %d every %d, images %j", async (...pooling) => {
    const x = rounded(pooling);
    for (const at of [0, Math.floor(x.length / 2)]) x[at] = NaN;
    await openNamedEngine("reference");
    const expected = pooled(pooling, x);
    await use();
    expect(pooled(pooling, x)).toEqual(expected);
    expect(poolingGradient(pooling, x).some(Number.isNaN)).toBe(expected.values.some(Number.isNaN));
  });

  test.each([1, 15, 16, 17, 100])("the gradient of a relu, %d numbers", async (count) => {
    await use();
    const x = drawn(count, "relu");
    x[count - 1] = NaN;
    const slope = read(() => {
      const weighted = ({ x }: Readonly<Record<string, Tensor>>): Tensor =>
        ops.sum(ops.mul(ops.relu(x!), tensor(new Float64Array(count).fill(3), [count])));
      return valueAndGrad(weighted, { x: tensor(x, [count]) }).grads.x!;
    }).values;
    expect(slope).toEqual([...x].map((value) => (value > 0 ? 3 : Number.isNaN(value) ? NaN : 0)));
  });
});
