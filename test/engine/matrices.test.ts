import { expect, test } from "vitest";
import { namedStream } from "../../src/core/rng.js";
import { hostArray, tensorCount, tensorFrom, tidy } from "../../src/engine/memory.js";
import * as ops from "../../src/engine/ops.js";
import type { Tensor } from "../../src/engine/ops.js";
import { closeTo } from "../support/numbers.js";
import { eachEngine } from "../support/engines.js";

const tensor = (values: ArrayLike<number>, ...shape: number[]): Tensor =>
  tensorFrom(Float64Array.from(values), { shape, dtype: "float32" });
const matrix = (values: ArrayLike<number>): Tensor =>
  tensor(values, ...Array<number>(2).fill(Math.sqrt(values.length)));

/** x xᵀ / m of a random x [n, m]: rank min(n, m). */
function moments(n: number, m: number): Float64Array {
  const uniform = namedStream(n, "moments");
  const x = Float64Array.from({ length: n * m }, () => uniform() - 0.5);
  return Float64Array.from({ length: n * n }, (_, at) => {
    let dot = 0;
    for (let k = 0; k < m; k++) dot += x[Math.floor(at / n) * m + k]! * x[(at % n) * m + k]!;
    return dot / m;
  });
}

await eachEngine(({ name: engineName, tolerance, use }) => {
  const values = (x: Tensor): number[] => [...hostArray(x)];
  const matrices = {
    "one by one": [3],
    diagonal: [2, 0, 0, 0, -1, 0, 0, 0, 5],
    "two equal eigenvalues": [2, 1, 1, 1, 2, 1, 1, 1, 2],
    zero: [0, 0, 0, 0],
    "full rank": moments(12, 30),
    "rank four": moments(12, 4),
    "forty by forty": moments(40, 60),
  };

  test.each(Object.entries(matrices))("eigenvectors of a symmetric matrix, %s", async (_name, x) => {
    await use();
    tidy(() => {
      const n = Math.sqrt(x.length);
      const { values: d, vectors: q } = ops.symmetricEigen(matrix(x));
      expect(d.shape).toEqual([n]);
      expect(q.shape).toEqual([n, n]);
      const rising = values(d);
      expect(rising).toEqual([...rising].sort((a, b) => a - b));
      const largest = Math.max(...x, 1);
      const rebuilt = values(ops.matMul(ops.mul(q, d), q, false, true));
      for (const [i, value] of rebuilt.entries()) expect(Math.abs(value - x[i]!)).toBeLessThan(tolerance * largest);
      const identity = values(ops.matMul(q, q, true));
      identity.forEach((value, i) => expect(Math.abs(value - (i % (n + 1) === 0 ? 1 : 0))).toBeLessThan(tolerance));
      return [];
    });
  });

  test("eigenvalues worked out by hand", async () => {
    await use();
    tidy(() => {
      const { values: d, vectors } = ops.symmetricEigen(matrix([2, 1, 1, 2]));
      closeTo(values(d), [1, 3], tolerance);
      closeTo(values(ops.square(vectors)), [0.5, 0.5, 0.5, 0.5], tolerance);
      return [];
    });
  });

  test("inverse of a symmetric positive definite matrix", async () => {
    await use();
    tidy(() => {
      closeTo(values(ops.inverse(matrix([2, 1, 1, 2]))), [2 / 3, -1 / 3, -1 / 3, 2 / 3], tolerance);
      closeTo(values(ops.inverse(matrix([1, 1, 1, 1]), 1)), [2 / 3, -1 / 3, -1 / 3, 2 / 3], tolerance);
      const x = moments(12, 4);
      const shift = tensor([0.1]);
      const product = values(ops.matMul(ops.inverse(matrix(x), shift), matrix(x)));
      // (x + 0.1 I)⁻¹ x = I − 0.1 (x + 0.1 I)⁻¹
      const expected = values(ops.mul(ops.inverse(matrix(x), shift), -0.1)).map(
        (value, i) => value + (i % 13 === 0 ? 1 : 0),
      );
      closeTo(product, expected, tolerance * 10);
      return [];
    });
  });

  test("what is not a finite number gives NaN, and nothing throws", async () => {
    await use();
    tidy(() => {
      for (const flaw of [NaN, Infinity]) {
        const x = (): Tensor => matrix([flaw, 0, 0, flaw]);
        expect(values(ops.inverse(x(), 1)).every(Number.isNaN)).toBe(true);
        const { values: d, vectors } = ops.symmetricEigen(x());
        expect([...values(d), ...values(vectors)].every(Number.isNaN)).toBe(true);
      }
      expect(values(ops.inverse(matrix([1, 0, 0, 1]), NaN)).every(Number.isNaN)).toBe(true);
      return [];
    });
  });

  test("diagonal", async () => {
    await use();
    tidy(() => {
      expect(values(ops.diagonal(matrix([1, 2, 3, 4, 5, 6, 7, 8, 9])))).toEqual([1, 5, 9]);
      return [];
    });
  });

  const counted = Array.from({ length: 18 }, (_, i) => i + 1);
  test("patches worked out by hand: rows of the kernel, columns, channels", async () => {
    await use();
    tidy(() => {
      const images = tensor(counted, 1, 3, 3, 2);
      const all = ops.patches(images, [2, 2], { stride: 1, padding: 0 });
      expect(all.shape).toEqual([1, 2, 2, 8]);
      expect(values(all).slice(0, 16)).toEqual([1, 2, 3, 4, 7, 8, 9, 10, 3, 4, 5, 6, 9, 10, 11, 12]);
      const apart = ops.patches(images, [1, 2], { stride: 2, padding: 1 });
      expect(apart.shape).toEqual([1, 3, 2, 4]);
      expect(values(apart).slice(0, 12)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 8]);
      return [];
    });
  });

  test.each([
    [1, 0],
    [1, 1],
    [2, 0],
    [2, 1],
  ])("patches times a kernel are a convolution, stride %i, padding %i", async (stride, padding) => {
    await use();
    tidy(() => {
      const uniform = namedStream(0, "patches");
      const x = tensor(Array.from({ length: 100 }, uniform), 2, 5, 5, 2);
      const kernel = tensor(Array.from({ length: 54 }, uniform), 3, 3, 2, 3);
      const expected = ops.conv2d(x, kernel, { stride, padding });
      const rows = ops.reshape(ops.patches(x, [3, 3], { stride, padding }), [-1, 18]);
      const product = ops.matMul(rows, ops.reshape(kernel, [18, 3]));
      closeTo(values(product), values(expected), tolerance);
      return [];
    });
  });

  test("compiled, they are what they are", async () => {
    const engine = await use();
    const spec = { shape: [3, 3], dtype: "float32" } as const;
    const program = engine.compile({
      state: {},
      entries: {
        all: {
          feeds: { x: spec, shift: { shape: [], dtype: "float32" } },
          step: (state, { x, shift }) => {
            const { values: d, vectors } = ops.symmetricEigen(x!);
            const image = ops.reshape(x!, [1, 3, 3, 1]);
            const outputs = {
              rebuilt: ops.matMul(ops.mul(vectors, d), vectors, false, true),
              inverse: ops.inverse(x!, shift!),
              diagonal: ops.diagonal(x!),
              patches: ops.patches(image, [2, 2], { stride: 1, padding: 1 }),
              slice: ops.slice(x!, [1, 1], [2, 2]),
            };
            return { state, outputs };
          },
        },
      },
    });
    const x = Float64Array.of(2, 1, 0, 1, 2, 1, 0, 1, 2);
    const results = program.run("all", { x, shift: 1 });
    program.dispose();
    closeTo(results.rebuilt!, x, tolerance);
    closeTo(
      results.inverse!,
      [8, -3, 1, -3, 9, -3, 1, -3, 8].map((value) => value / 21),
      tolerance,
    );
    closeTo(results.diagonal!, [2, 2, 2], tolerance);
    closeTo(results.patches!.slice(0, 8), [0, 0, 0, 2, 0, 0, 2, 1], tolerance);
    closeTo(results.slice!, [2, 1, 1, 2], tolerance);
  });

  test("leaves no tensor behind", async () => {
    await use();
    const before = tensorCount();
    tidy(() => {
      ops.symmetricEigen(matrix([2, 1, 1, 2]));
      ops.inverse(matrix([2, 1, 1, 2]), 1);
      ops.diagonal(matrix([2, 1, 1, 2]));
      ops.patches(tensor(counted, 1, 3, 3, 2), [2, 2], { stride: 1, padding: 1 });
      return [];
    });
    expect(tensorCount()).toBe(before);
  });

  test("a hundred by hundred in double precision", async () => {
    if (engineName !== "reference") return;
    await use();
    tidy(() => {
      const x = moments(100, 150);
      const { values: d, vectors: q } = ops.symmetricEigen(matrix(x));
      closeTo(values(ops.matMul(ops.mul(q, d), q, false, true)), x, 1e-12);
      return [];
    });
  });
});
