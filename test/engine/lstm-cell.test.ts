import { expect, test } from "vitest";
import { namedStream } from "../../src/core/rng.js";
import { map, type Leaves } from "../../src/core/tree.js";
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

/** Features, units and coordinates. */
type Sizes = readonly [d: number, hidden: number, n: number];
type Values = Record<string, Float64Array>;

const shapesOf = ([d, hidden, n]: Sizes): Record<string, number[]> => ({
  weights: [d + hidden + 1, 4 * hidden],
  input: [d, n],
  h: [hidden, n],
  c: [hidden, n],
});

/** Uniform in [−1, 1). */
function drawn(sizes: Sizes): Values {
  const uniform = namedStream(0, "lstm", ...sizes.map(String));
  return map((shape) => Float64Array.from({ length: sizeOf(shape) }, () => 2 * uniform() - 1), shapesOf(sizes));
}

const tensors = (sizes: Sizes, values: Leaves<HostArray>): Record<string, Tensor> =>
  map((shape, name) => tensorFrom(values[name]!, { shape, dtype: "float32" }), shapesOf(sizes));

function read(compute: () => Leaves<Tensor>): Values {
  let result: Values = {};
  tidy(() => ((result = map((tensor) => Float64Array.from(hostArray(tensor)), compute())), []));
  return result;
}

function cell(sizes: Sizes, values: Values): Values {
  return read(() => {
    const { weights, input, h, c } = tensors(sizes, values);
    return { ...ops.lstmCell(weights!, input!, h!, c!) };
  });
}

/** Gradients of a weighted sum of h' and c'. */
const gradients = (sizes: Sizes, values: Values): Values =>
  read(() => {
    const sums = ({ weights, input, h, c }: Leaves<Tensor>): Tensor => {
      const next = ops.lstmCell(weights!, input!, h!, c!);
      const weighted = (x: Tensor): Tensor =>
        ops.sum(ops.mul(x, tensorFrom(weightsOf(x.size), { shape: x.shape, dtype: "float32" })));
      return ops.add(weighted(next.h), ops.mul(weighted(next.c), 0.5));
    };
    return valueAndGrad(sums, tensors(sizes, values)).grads;
  });

/** The same by the formula, a coordinate at a time. */
function byHand([d, hidden, n]: Sizes, { weights, input, h, c }: Values): Values {
  const next = { h: new Float64Array(hidden * n), c: new Float64Array(hidden * n) };
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
  for (let at = 0; at < n; at++)
    for (let unit = 0; unit < hidden; unit++) {
      const gate = (which: number): number => {
        const weight = (row: number): number => weights![row * 4 * hidden + which * hidden + unit]!;
        let z = weight(d + hidden);
        for (let row = 0; row < d; row++) z += weight(row) * input![row * n + at]!;
        for (let row = 0; row < hidden; row++) z += weight(d + row) * h![row * n + at]!;
        return z;
      };
      const place = unit * n + at;
      next.c[place] = sigmoid(gate(2)) * c![place]! + sigmoid(gate(0)) * Math.tanh(gate(1));
      next.h[place] = sigmoid(gate(3)) * Math.tanh(next.c[place]);
    }
  return next;
}

const SIZES: readonly Sizes[] = [
  [1, 1, 1],
  [2, 20, 5],
  [20, 20, 127],
  [2, 20, 128],
  [3, 5, 129],
  [7, 9, 300],
];

await eachEngine(({ name, use, engine, tolerance }) => {
  test("the native engine has a kernel of its own", async () => {
    await use();
    expect(engine.details.kernels?.lstmCell ?? false).toBe(name === "tensorflow");
  });

  test.each(SIZES)("a step, %d features, %d units, %d coordinates", async (...sizes) => {
    await use();
    const values = drawn(sizes);
    const [actual, expected] = [cell(sizes, values), byHand(sizes, values)];
    closeTo(actual.h!, expected.h!, tolerance);
    closeTo(actual.c!, expected.c!, tolerance);
  });

  test.each(SIZES)("gradients, %d features, %d units, %d coordinates", async (...sizes) => {
    const values = drawn(sizes);
    await openNamedEngine("reference");
    const expected = gradients(sizes, values);
    await use();
    const actual = gradients(sizes, values);
    for (const [input, numbers] of Object.entries(expected)) closeTo(actual[input]!, numbers, tolerance);
  });

  test("gates far beyond one end, at both ends", async () => {
    await use();
    const sizes: Sizes = [1, 2, 6];
    const values = { ...drawn(sizes), input: Float64Array.of(1e3, -1e3, 1e30, -1e30, 20, -20) };
    const [actual, expected] = [cell(sizes, values), byHand(sizes, values)];
    closeTo(actual.h!, expected.h!, tolerance);
    closeTo(actual.c!, expected.c!, tolerance);
    for (const numbers of Object.values(gradients(sizes, values))) expect(numbers.every(Number.isFinite)).toBe(true);
  });

  test("what is no number stays so, in its own coordinate", async () => {
    await use();
    const sizes: Sizes = [2, 3, 140];
    const [, hidden, n] = sizes;
    const flawed = drawn(sizes);
    const places = { input: 7, h: 64, c: 139 };
    for (const [input, at] of Object.entries(places)) flawed[input]![at] = NaN;
    flawed.c![100] = Infinity;
    const [actual, expected] = [cell(sizes, flawed), byHand(sizes, flawed)];
    for (const result of ["h", "c"])
      expect([...actual[result]!].map(Number.isFinite)).toEqual([...expected[result]!].map(Number.isFinite));
    expect(actual.c![100]).toBe(Infinity);
    expect(actual.h![100]).toBeCloseTo(expected.h![100]!, 6);
    const { weights, h } = gradients(sizes, flawed);
    expect(weights!.every(Number.isNaN)).toBe(true);
    for (let unit = 0; unit < hidden; unit++) expect(h![unit * n + 7]).toBeNaN();
    expect(h![8]).not.toBeNaN();
  });

  test("shapes that do not fit are refused", async () => {
    await use();
    const ones = (...shape: number[]): Tensor =>
      tensorFrom(new Float64Array(sizeOf(shape)), { shape, dtype: "float32" });
    const refused = (act: () => unknown, what: string): void => void tidy(() => (expect(act).toThrow(what), []));
    refused(() => ops.lstmCell(ones(12, 6), ones(2, 4), ones(3, 4), ones(3, 4)), "lstmCell, weights");
    refused(() => ops.lstmCell(ones(6, 12), ones(2, 4), ones(3, 4), ones(3, 5)), "lstmCell, c");
  });
});
