import { expect, test } from "vitest";
import { namedStream } from "../../src/core/rng.js";
import { map, type Leaves } from "../../src/core/tree.js";
import { valueAndGrad } from "../../src/engine/grad.js";
import { sizeOf, type HostArray } from "../../src/engine/host.js";
import { hostArray, tensorFrom, tidy } from "../../src/engine/memory.js";
import { openNamedEngine } from "../../src/engine/open.js";
import * as ops from "../../src/engine/ops.js";
import type { LstmInputs, Tensor } from "../../src/engine/ops.js";
import { eachEngine } from "../support/engines.js";
import { scratchFolder } from "../support/folder.js";
import { closeTo } from "../support/numbers.js";
import { weightsOf } from "../support/operations.js";
import { withOwnOperations } from "../support/own-operations.js";

await withOwnOperations(scratchFolder());

/** Steps, features, units and coordinates. */
type Sizes = readonly [steps: number, d: number, hidden: number, n: number];
type Values = Record<string, Float64Array>;

const MEMORY = ["h1", "c1", "h2", "c2"] as const;
const shapesOf = ([steps, d, hidden, n]: Sizes): Record<string, number[]> => ({
  weights1: [d + hidden + 1, 4 * hidden],
  weights2: [2 * hidden + 1, 4 * hidden],
  output: [hidden + 1, 1],
  input: [steps, d, n],
  ...Object.fromEntries(MEMORY.map((symbol) => [symbol, [hidden, n]])),
});

/** Uniform in [−1, 1). */
function drawn(sizes: Sizes): Values {
  const uniform = namedStream(0, "lstm", ...sizes.map(String));
  return map((shape) => Float64Array.from({ length: sizeOf(shape) }, () => 2 * uniform() - 1), shapesOf(sizes));
}

const tensors = (sizes: Sizes, values: Leaves<HostArray>): LstmInputs =>
  map(
    (shape, name) => tensorFrom(values[name]!, { shape, dtype: "float32" }),
    shapesOf(sizes),
  ) as unknown as LstmInputs;

function read(compute: () => Leaves<Tensor>): Values {
  let result: Values = {};
  tidy(() => ((result = map((tensor) => Float64Array.from(hostArray(tensor)), compute())), []));
  return result;
}

const results = (sizes: Sizes, values: Values): Values => read(() => ({ ...ops.lstm(tensors(sizes, values)) }));

/** Gradients of a weighted sum of all results. */
const gradients = (sizes: Sizes, values: Values): Values =>
  read(() => {
    const sums = (inputs: Leaves<Tensor>): Tensor =>
      Object.values(ops.lstm(inputs as unknown as LstmInputs))
        .map((x: Tensor, i) =>
          ops.mul(
            ops.sum(ops.mul(x, tensorFrom(weightsOf(x.size), { shape: x.shape, dtype: "float32" }))),
            1 / (i + 1),
          ),
        )
        .reduce((total, part) => ops.add(total, part));
    return valueAndGrad(sums, { ...tensors(sizes, values) }).grads;
  });

/** The same by the formula, a coordinate at a time. */
function byHand([steps, d, hidden, n]: Sizes, values: Values): Values {
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
  const of: Values = { u: new Float64Array(steps * n), ...map((held) => held.slice(), pick(values, MEMORY)) };
  const layer = (weights: Float64Array, x: readonly number[], [h, c]: [Float64Array, Float64Array], at: number) => {
    const rows = [...x, ...column(h, hidden, n, at), 1];
    const gates = Array.from({ length: 4 * hidden }, (_, z) =>
      rows.reduce((sum, value, row) => sum + weights[row * 4 * hidden + z]! * value, 0),
    );
    for (let unit = 0; unit < hidden; unit++) {
      const [i, j, f, o] = [0, 1, 2, 3].map((gate) => gates[gate * hidden + unit]!) as [number, number, number, number];
      const place = unit * n + at;
      c[place] = sigmoid(f) * c[place]! + sigmoid(i) * Math.tanh(j);
      h[place] = sigmoid(o) * Math.tanh(c[place]);
    }
    return column(h, hidden, n, at);
  };
  for (let at = 0; at < n; at++)
    for (let step = 0; step < steps; step++) {
      const x = column(values.input!.subarray(step * d * n), d, n, at);
      const first = layer(values.weights1!, x, [of.h1!, of.c1!], at);
      const second = layer(values.weights2!, first, [of.h2!, of.c2!], at);
      of.u![step * n + at] = [...second, 1].reduce((sum, value, row) => sum + values.output![row]! * value, 0);
    }
  return of;
}
const column = (rows: Float64Array, count: number, n: number, at: number): number[] =>
  Array.from({ length: count }, (_, row) => rows[row * n + at]!);
const pick = (values: Values, names: readonly string[]): Values =>
  Object.fromEntries(names.map((name) => [name, values[name]!]));

const SIZES: readonly Sizes[] = [
  [1, 1, 1, 1],
  [1, 2, 20, 5],
  [3, 2, 20, 33],
  [1, 20, 20, 127],
  [2, 2, 20, 128],
  [20, 3, 5, 129],
  [2, 7, 9, 513],
  [1, 2, 6, 2050],
];

await eachEngine(({ name, use, engine, tolerance }) => {
  test("the native engine has a kernel of its own", async () => {
    await use();
    expect(engine.details.kernels?.lstm ?? false).toBe(name === "tensorflow");
  });

  test.each(SIZES)("%d steps, %d features, %d units, %d coordinates", async (...sizes) => {
    await use();
    const values = drawn(sizes);
    const [actual, expected] = [results(sizes, values), byHand(sizes, values)];
    expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
    for (const [result, numbers] of Object.entries(expected)) closeTo(actual[result]!, numbers, tolerance);
  });

  test.each(SIZES)("gradients, %d steps, %d features, %d units, %d coordinates", async (...sizes) => {
    const values = drawn(sizes);
    await openNamedEngine("reference");
    const expected = gradients(sizes, values);
    await use();
    const actual = gradients(sizes, values);
    for (const [input, numbers] of Object.entries(expected)) closeTo(actual[input]!, numbers, tolerance);
  });

  test("gates far beyond one end, at both ends", async () => {
    await use();
    const sizes: Sizes = [1, 1, 2, 6];
    const values = { ...drawn(sizes), input: Float64Array.of(1e3, -1e3, 1e30, -1e30, 20, -20) };
    const [actual, expected] = [results(sizes, values), byHand(sizes, values)];
    for (const [result, numbers] of Object.entries(expected)) closeTo(actual[result]!, numbers, tolerance);
    for (const numbers of Object.values(gradients(sizes, values))) expect(numbers.every(Number.isFinite)).toBe(true);
  });

  test("what is no number stays so, in its own coordinate", async () => {
    await use();
    const sizes: Sizes = [2, 2, 3, 140];
    const [, , hidden, n] = sizes;
    const flawed = drawn(sizes);
    const places = { input: 7, h1: 64, c2: 139 };
    for (const [input, at] of Object.entries(places)) flawed[input]![at] = NaN;
    flawed.c2![100] = Infinity;
    const [actual, expected] = [results(sizes, flawed), byHand(sizes, flawed)];
    for (const [result, numbers] of Object.entries(expected))
      expect([...actual[result]!].map(Number.isFinite), result).toEqual([...numbers].map(Number.isFinite));
    expect(actual.c2![100]).toBe(Infinity);
    expect(actual.h2![100]).toBeCloseTo(expected.h2![100]!, 6);
    const { weights1, weights2, h1 } = gradients(sizes, flawed);
    for (const weights of [weights1!, weights2!]) expect(weights.every(Number.isNaN)).toBe(true);
    for (let unit = 0; unit < hidden; unit++) expect(h1![unit * n + 7]).toBeNaN();
    expect(h1![8]).not.toBeNaN();
  });

  test("shapes that do not fit are refused", async () => {
    await use();
    const refused = (changed: Record<string, number[]>): void => {
      const what = Object.keys(changed)[0]!;
      const inputs = map((shape) => tensorFrom(new Float64Array(sizeOf(shape)), { shape, dtype: "float32" }), {
        ...shapesOf([2, 2, 3, 4]),
        ...changed,
      });
      expect(() => ops.lstm(inputs as unknown as LstmInputs)).toThrow(`lstm, ${what}`);
    };
    tidy(() => {
      refused({ weights1: [12, 6] });
      refused({ weights2: [6, 12] });
      refused({ output: [3, 1] });
      refused({ c2: [3, 5] });
      return [];
    });
  });
});
