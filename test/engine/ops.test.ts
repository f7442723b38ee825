import { describe, expect, test } from "vitest";
import { valueAndGrad } from "../../src/engine/grad.js";
import type { HostArray } from "../../src/engine/host.js";
import { hostArray, tensorCount, tensorFrom, tidy } from "../../src/engine/memory.js";
import { openNamedEngine } from "../../src/engine/open.js";
import * as ops from "../../src/engine/ops.js";
import type { Tensor } from "../../src/engine/ops.js";
import { centralDifferences, closeTo } from "../support/numbers.js";
import { eachEngine } from "../support/engines.js";
import { CASES, inputsOf, randomInputs, tensorsOf, weightsOf, type Case, type Tensors } from "../support/operations.js";

/** The value of f on the current engine. */
function forward(it: Case, inputs: Readonly<Record<string, HostArray>>): number[] {
  let values: number[] = [];
  tidy(() => ((values = [...hostArray(it.f(tensorsOf(it, inputs)))]), []));
  return values;
}

/** Gradients of the weighted sum of f on the current engine. */
function gradients(it: Case, inputs: Readonly<Record<string, HostArray>>): Record<string, number[]> {
  const result: Record<string, number[]> = {};
  tidy(() => {
    const weighted = (x: Tensors): Tensor => {
      const y = it.f(x);
      return ops.sum(ops.mul(y, tensorFrom(weightsOf(y.size), { shape: y.shape, dtype: "float32" })));
    };
    const { grads } = valueAndGrad(weighted, tensorsOf(it, inputs));
    for (const [name, gradient] of Object.entries(grads)) {
      expect(gradient.shape).toEqual(it.shapes[name]);
      result[name] = [...hostArray(gradient)];
    }
    return [];
  });
  return result;
}

test("every operation has a case", () => {
  const named = Object.keys(CASES).map((name) => name.split(/[ ,]/)[0]);
  const without = ["zerosLike", "onesLike", "equal", "argMax"]; // tested below: no gradient
  const matrices = ["patches", "diagonal", "symmetricEigen", "inverse", "rankOneSolve"]; // in matrices.test.ts: no gradient
  expect(Object.keys(ops).filter((name) => ![...named, ...without, ...matrices].includes(name))).toEqual([]);
});

await eachEngine(({ name: engineName, tolerance, use }) => {
  const counting = Object.entries(CASES).filter(([, it]) => it.counting !== undefined);
  test.each(counting)("%s has the values worked out by hand", async (_name, it) => {
    await use();
    const values = forward(
      it,
      inputsOf(it.shapes, (i) => i + 1),
    );
    closeTo(values, it.counting!, tolerance);
  });

  test.each(Object.entries(CASES))("gradient of %s", async (_name, it) => {
    const inputs = randomInputs(it);
    await openNamedEngine("reference");
    const numeric = centralDifferences((x) => {
      const values = forward(it, x);
      const weights = weightsOf(values.length);
      return values.reduce((sum, value, i) => sum + value * weights[i]!, 0);
    }, inputs);
    await use();
    const analytic = gradients(it, inputs);
    for (const [input, expected] of Object.entries(numeric)) {
      closeTo(analytic[input]!, expected, engineName === "reference" ? 1e-6 : 2e-5);
    }
  });

  test.each(Object.entries(CASES))("%s agrees with the reference", async (_name, it) => {
    const inputs = randomInputs(it);
    await openNamedEngine("reference");
    const expected = forward(it, inputs);
    await use();
    closeTo(forward(it, inputs), expected, tolerance);
  });

  test("operations without a gradient", async () => {
    await use();
    tidy(() => {
      const matrix = tensorFrom(Float64Array.of(1, 5, 5, 2, 0, -1), { shape: [2, 3], dtype: "float32" });
      const integers = tensorFrom(Int32Array.of(1, 1), { shape: [2], dtype: "int32" });
      expect([...hostArray(ops.argMax(matrix))]).toEqual([1, 0]);
      expect([...hostArray(ops.equal(ops.argMax(matrix), integers))]).toEqual([1, 0]);
      expect([...hostArray(ops.zerosLike(matrix))]).toEqual([0, 0, 0, 0, 0, 0]);
      expect([...hostArray(ops.onesLike(matrix))]).toEqual([1, 1, 1, 1, 1, 1]);
      return [];
    });
  });

  test("the batch's statistics are the biased ones", async () => {
    await use();
    tidy(() => {
      const x = tensorFrom(Float64Array.of(1, 10, 3, 20, 5, 60), { shape: [3, 2], dtype: "float32" });
      const one = ops.onesLike(tensorFrom(new Float64Array(2), { shape: [2], dtype: "float32" }));
      const { mean, variance } = ops.batchNormTraining(x, one, one, 1e-5);
      closeTo([...hostArray(mean)], [3, 30], tolerance);
      closeTo([...hostArray(variance)], [8 / 3, 1400 / 3], tolerance);
      return [];
    });
  });

  test.each([NaN, Infinity])("%s goes through", async (value) => {
    await use();
    tidy(() => {
      const x = tensorFrom(Float64Array.of(value, 1), { shape: [2], dtype: "float32" });
      expect(hostArray(ops.add(x, 1))[0]).toBe(value);
      expect(hostArray(ops.relu(x))[0]).toBe(value);
      expect(hostArray(ops.sum(x))[0]).toBe(value);
      return [];
    });
  });

  test("small numbers are not taken for zero", async () => {
    await use();
    const small = Float64Array.of(1e-6, -1e-8, 1e-20, -1e-35);
    tidy(() => {
      const x = tensorFrom(small, { shape: [4], dtype: "float32" });
      expect([...hostArray(ops.sign(x))]).toEqual([1, -1, 1, -1]);
      expect([...hostArray(ops.relu(x))].map(Math.sign)).toEqual([1, 0, 1, 0]);
      const { grads } = valueAndGrad(({ x: at }) => ops.sum(ops.add(ops.abs(at!), ops.maximum(at!, 0))), { x });
      expect([...hostArray(grads.x!)]).toEqual([2, -1, 2, -1]);
      return [];
    });
  });

  test("leaves no tensor behind", async () => {
    await use();
    const before = tensorCount();
    for (const it of Object.values(CASES)) gradients(it, randomInputs(it));
    expect(tensorCount()).toBe(before);
  });
});

describe("reference engine", () => {
  test("keeps double precision through constants, scalars and gradients", async () => {
    await openNamedEngine("reference");
    tidy(() => {
      const x = tensorFrom(Float64Array.of(0.1), { shape: [1], dtype: "float32" });
      expect(hostArray(ops.mul(x, 0.3))[0]).toBe(0.1 * 0.3);
      const { grads } = valueAndGrad(({ x: at }) => ops.sum(ops.mul(at!, 0.7)), { x });
      expect(hostArray(grads.x!)[0]).toBe(0.7);
      return [];
    });
  });
});
