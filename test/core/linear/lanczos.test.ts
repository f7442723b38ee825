import { describe, expect, test } from "vitest";
import { largestEigenvalues } from "../../../src/core/linear/lanczos.js";
import { symmetricEigen } from "../../../src/core/linear/symmetric-eigen.js";
import { dot, norm } from "../../../src/core/linear/vectors.js";
import { namedStream } from "../../../src/core/rng.js";
import { closeTo } from "../../support/numbers.js";

type Apply = (v: Float64Array) => Promise<Float64Array>;
const diagonal =
  (entries: readonly number[]): Apply =>
  (v) =>
    Promise.resolve(v.map((x, i) => x * entries[i]!));

/** A symmetric matrix of random numbers. */
function randomMatrix(n: number): { entries: Float64Array; apply: Apply } {
  const uniform = namedStream(5, "matrix");
  const entries = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) entries[i * n + j] = entries[j * n + i] = uniform() - 0.5;
  const row = (i: number): Float64Array => entries.subarray(i * n, (i + 1) * n);
  return { entries, apply: (v) => Promise.resolve(Float64Array.from(v, (_x, i) => dot(row(i), v))) };
}
const settings = (more: object = {}) => ({
  steps: 40,
  count: 2,
  tolerance: 1e-10,
  uniform: namedStream(1, "start"),
  ...more,
});

describe("largestEigenvalues", () => {
  test("are those of a dense decomposition, with the eigenvector", async () => {
    const { entries, apply } = randomMatrix(60);
    const { values, vectors } = symmetricEigen(entries, 60);
    const found = await largestEigenvalues(apply, 60, settings({ steps: 60, count: 4 }));
    closeTo(found.values, [...values.slice(-4)].reverse(), 1e-10);
    const top = vectors.subarray(59 * 60);
    expect(Math.abs(dot(found.vector, top))).toBeCloseTo(1, 10);
    expect(norm(found.vector)).toBeCloseTo(1, 12);
    expect(found.converged).toBe(true);
    expect(found.residual).toBeLessThan(1e-9);
  });

  test("are the algebraically largest, though others are larger in size", async () => {
    const entries = Array.from({ length: 200 }, (_, i) => (i < 190 ? -10 - i : i - 190));
    const { values } = await largestEigenvalues(diagonal(entries), 200, settings({ steps: 120 }));
    closeTo(values, [9, 8], 1e-8);
  });

  test("ends as soon as those wanted are found, and counts every product", async () => {
    const entries = Array.from({ length: 500 }, (_, i) => (i === 0 ? 100 : i === 1 ? 50 : (i % 7) / 7));
    let products = 0;
    const apply: Apply = (v) => (products++, diagonal(entries)(v));
    const found = await largestEigenvalues(apply, 500, settings({ tolerance: 1e-3 }));
    expect(found.products).toBe(products);
    expect(products).toBeLessThan(8);
    expect(found.residual).toBeLessThan(0.1);
    for (const [i, estimate] of found.estimates.entries()) expect(estimate).toBeLessThan(1e-3 * found.values[i]!);
  });

  test("goes on until it tells close eigenvalues apart, looking less often in the end", async () => {
    const entries = Array.from({ length: 600 }, (_, i) => (i === 0 ? 1 : (1 - 1e-4) * (1 - (i - 1) / 600) ** 2));
    const found = await largestEigenvalues(
      diagonal(entries),
      600,
      settings({ steps: 600, count: 1, tolerance: 1e-14 }),
    );
    expect(norm(found.vector.subarray(1))).toBeLessThan(1e-11);
    // Looks after 128, 160 and 200 steps, and one product for the residual.
    expect([161, 201]).toContain(found.products);
  });

  test("says so when the products were too few", async () => {
    const entries = Array.from({ length: 500 }, (_, i) => i);
    const found = await largestEigenvalues(diagonal(entries), 500, settings({ steps: 5 }));
    expect(found.converged).toBe(false);
    expect(found.products).toBe(6);
    const measured = (await diagonal(entries)(found.vector)).map((x, i) => x - found.values[0]! * found.vector[i]!);
    expect(found.residual).toBeCloseTo(norm(measured), 9);
    expect(found.estimates[0]).toBeCloseTo(found.residual, 9);
  });

  test("ends where the Krylov space does: fewer eigenvalues than dimensions, and the zero matrix", async () => {
    const two = await largestEigenvalues(diagonal([3, 3, 3, -1, -1]), 5, settings({ count: 3 }));
    closeTo(two.values, [3, -1], 1e-12);
    const none = await largestEigenvalues(diagonal([0, 0, 0]), 3, settings());
    expect(none).toMatchObject({ values: [0], residual: 0, converged: true, products: 2 });
  });

  test("begins where the seed says, and the eigenvector's sign does not depend on it", async () => {
    const { apply } = randomMatrix(30);
    const run = (seed: number) =>
      largestEigenvalues(apply, 30, settings({ steps: 30, uniform: namedStream(seed, "start") }));
    const [one, again, other] = [await run(1), await run(1), await run(2)];
    expect(again.vector).toEqual(one.vector);
    expect(other.vector).not.toEqual(one.vector);
    closeTo(other.vector, one.vector, 1e-7);
    expect(one.vector.find((x) => Math.abs(x) > 0.01)).toBeGreaterThan(0);
  });

  test("refuses products that are no numbers", async () => {
    const apply: Apply = (v) => Promise.resolve(v.map(() => NaN));
    await expect(largestEigenvalues(apply, 3, settings())).rejects.toThrow("not a finite number");
  });
});
