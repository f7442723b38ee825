import { expect, onTestFinished, test, vi } from "vitest";
import { map, type Leaves } from "../../src/core/tree.js";
import { registerAll, registerKernels } from "../../src/engine/backends/tensorflow/kernels.js";
import { registerMatrixKernels } from "../../src/engine/backends/tensorflow/matrix-kernels.js";
import type { NativeAttribute, NativeBackend } from "../../src/engine/backends/tensorflow/native.js";
import { resultsOf, RULES } from "../../src/engine/backends/tensorflow/shapes.js";
import { hessianVector, valueAndGrad } from "../../src/engine/grad.js";
import { tensorCount, tensorFrom, tidy } from "../../src/engine/memory.js";
import * as ops from "../../src/engine/ops.js";
import type { Tensor } from "../../src/engine/ops.js";
import { tfjs } from "../../src/engine/tfjs.js";
import { METHOD_IDS } from "../../src/optimisers/index.js";
import { eachEngine } from "../support/engines.js";
import { CASES, randomInputs, tensorsOf, type Tensors } from "../support/operations.js";
import { programOf, smallLenet, smallMlp, smallResnet } from "../support/problems.js";

/** Tensors of these shapes, with ones. */
const ones = (...shape: readonly number[]): Tensor =>
  tensorFrom(new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1), { shape, dtype: "float32" });
const eye = (n: number): Tensor =>
  tensorFrom(
    Float32Array.from({ length: n * n }, (_unused, i) => Number(i % (n + 1) === 0)),
    { shape: [n, n], dtype: "float32" },
  );

/** An operation and its gradient, and their gradients where they have any. */
const derived = ([name, it]: (typeof CASED)[number]): [string, () => unknown] => [
  name,
  () => {
    const at = tensorsOf(it, randomInputs(it));
    const cubes = (x: Leaves<Tensor>): Tensor => {
      const y = it.f(x as Tensors);
      return ops.sum(ops.mul(y, ops.square(y)));
    };
    return name.startsWith("lstm") ? valueAndGrad(cubes, at) : hessianVector(cubes, at, map(ops.onesLike, at));
  },
];
const CASED = Object.entries(CASES);

/** What has no gradient, or comes in other shapes than above. */
const OTHERS: Readonly<Record<string, () => unknown>> = {
  patches: () => ops.patches(ones(2, 6, 5, 3), [3, 2], { stride: 2, padding: 1 }),
  diagonal: () => ops.diagonal(eye(3)),
  symmetricEigen: () => ops.symmetricEigen(eye(4)),
  inverse: () => ops.inverse(eye(3), ones()),
  rankOneSolve: () => {
    const factor = (...shape: number[]): Parameters<typeof ops.rankOneSolve>[1] => ({
      vector: ones(...shape),
      scaled: ones(...shape),
    });
    return ops.rankOneSolve(ones(2, 3), factor(2, 1), factor(1, 3));
  },
  equal: () => ops.equal(ones(2, 3), ones(3)),
  argMax: () => ops.argMax(ones(2, 3)),
  zerosLike: () => ops.zerosLike(ones(2, 3)),
  "a large product": () => ops.matMul(ones(1500, 2), ones(3, 2), false, true),
  "slice to the end": () => ops.slice(ones(4, 5), [1, 2], [-1, 2]),
  "sum from behind": () => ops.sum(ones(2, 3, 4), [-1]),
  "concat from behind": () => ops.concat([ones(2, 3), ones(2, 1)], -1),
  "of a GPU's batch norm": () => tfjs().rsqrt(ones(3)),
  "an integer's type": () => tfjs().cast(ones(3), "int32"),
};

await eachEngine(
  ({ use }) => {
    const met = new Set<string>();
    let kernelBefore: unknown;
    const all = [...CASED.map(derived), ...Object.entries(OTHERS)];
    test.each(["with our operations", "with those of the library"])(
      "results have the shapes that are told, %s",
      async (how) => {
        await use();
        // Other files of tests meet the same kernels in this process.
        const before = tfjs().getKernelsForBackend("tensorflow");
        kernelBefore ??= tfjs().getKernel("MaxPool", "tensorflow").kernelFunc;
        onTestFinished(() =>
          registerAll(
            Object.fromEntries(before.map(({ kernelName, kernelFunc }) => [kernelName, kernelFunc as never])),
          ),
        );
        if (how !== "with our operations") {
          registerKernels();
          registerMatrixKernels();
        }
        const wrong = all.flatMap(([name, compute]) =>
          compared(compute, met).map((difference) => ({ name, ...difference })),
        );
        expect(wrong).toEqual([]);
      },
    );

    test("every operation of the list has a rule, and every rule is met", () =>
      expect([...met].sort()).toEqual(Object.keys(RULES).sort()));

    test("the kernels are those of before", async () => {
      await use();
      expect(tfjs().getKernel("MaxPool", "tensorflow").kernelFunc).toBe(kernelBefore);
    });

    test.each(METHOD_IDS)("compiling %s tries no operation", async (method) => {
      const engine = await use();
      const backend = tfjs().backend() as unknown as NativeBackend;
      const tried = vi.spyOn(backend, "executeMultipleOutputs");
      for (const problem of [smallMlp, smallLenet, smallResnet]) programOf(engine, method, problem, [2]).dispose();
      expect(tried.mock.calls.map(([op]) => op)).toEqual([]);
      tried.mockRestore();
    });

    test("an operation without a rule is tried, and leaves nothing behind", async () => {
      const engine = await use();
      const before = tensorCount();
      const backend = tfjs().backend() as unknown as NativeBackend;
      const tried = vi.spyOn(backend, "executeMultipleOutputs");
      const x = { shape: [2, 2], dtype: "float32" } as const;
      const program = engine.compile({
        state: { x },
        entries: {
          go: {
            feeds: {},
            step: ({ x }) => ({
              state: { x: x as Tensor },
              outputs: {
                floor: tfjs().floor(x as Tensor),
                infinite: tfjs().cast(tfjs().isInf(x as Tensor), "float32"),
              },
            }),
          },
        },
      });
      expect(tried.mock.calls.map(([op]) => op)).toEqual(["Floor", "IsInf"]);
      tried.mockRestore();
      program.load({ x: Float32Array.of(-1.5, 0, 0.5, Infinity) });
      const { floor, infinite } = program.run("go", {});
      expect([[...floor!], [...infinite!]]).toEqual([
        [-2, 0, 0, Infinity],
        [0, 0, 0, 1],
      ]);
      program.dispose();
      expect(tensorCount()).toBe(before);
    });

    test("what does not fit is refused", () => {
      const of = (...shape: number[]) => ({ shape, dtype: "float32" as const });
      const constant = (...values: number[]) => ({ shape: [values.length], dtype: "int32" as const, values });
      expect(() => resultsOf("Add", [], [of(2, 3), of(2)])).toThrow("broadcast");
      expect(() => resultsOf("BatchMatMulV2", [], [of(2, 3), of(2, 3)])).toThrow("3 columns and 2 rows");
      expect(() => resultsOf("Reshape", [], [of(2, 3), constant(4)])).toThrow("6 numbers in the shape [4]");
      const axis = { ...constant(1), shape: [] };
      expect(() => resultsOf("ConcatV2", [], [of(2, 3), of(3, 3), axis])).toThrow("(3,3) does not match");
      expect(() => resultsOf("Slice", [], [of(5), constant(3), constant(3)])).toThrow("would overflow input.shape");
      expect(() => resultsOf("Reshape", [], [of(2, 3), of(1)])).toThrow("must be a constant");
    });
  },
  ["tensorflow"],
);

/** Computes something on TensorFlow. @param met gets the operations. @returns where results are other than told. */
function compared(compute: () => unknown, met: Set<string>): object[] {
  const backend = tfjs().backend() as unknown as NativeBackend;
  const { executeSingleOutput, executeMultipleOutputs } = backend;
  const differences: object[] = [];
  const check = (op: string, attributes: readonly NativeAttribute[], inputs: Tensor[], results: Tensor[]): void => {
    met.add(op);
    const operands = inputs.map(({ shape, dtype, dataId }) => ({
      shape,
      dtype,
      values: dtype === "int32" ? (backend.readSync(dataId) as Int32Array) : undefined,
    }));
    const told = resultsOf(op, attributes, operands);
    const computed = results.map(({ shape, dtype }) => ({ shape, dtype }));
    if (JSON.stringify(told) !== JSON.stringify(computed)) differences.push({ op, told, computed });
  };
  backend.executeSingleOutput = (op, attributes, inputs) => {
    const result = executeSingleOutput.call(backend, op, attributes, inputs);
    check(op, attributes, inputs, [result]);
    return result;
  };
  backend.executeMultipleOutputs = (op, attributes, inputs, count) => {
    const results = executeMultipleOutputs.call(backend, op, attributes, inputs, count);
    check(op, attributes, inputs, results);
    return results;
  };
  try {
    tidy(() => (compute(), []));
  } finally {
    Object.assign(backend, { executeSingleOutput, executeMultipleOutputs });
  }
  return differences;
}
