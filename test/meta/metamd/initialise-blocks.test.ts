import { describe, expect, test } from "vitest";
import { dot } from "../../../src/core/linear/vectors.js";
import { addTo, norm, scale } from "../../../src/core/linear/vectors.js";
import { namedStream, normal } from "../../../src/core/rng.js";
import { spectralBlocks } from "../../../src/meta/metamd/initialise-blocks.js";
import { type Matrix } from "../../../src/meta/metamd/kronecker.js";

/** Random orthonormal vectors, by Gram-Schmidt twice. */
function orthonormal(length: number, count: number, name: string): Float64Array[] {
  const draw = normal(namedStream(7, name));
  const held: Float64Array[] = [];
  for (let i = 0; i < count; i++) {
    const v = Float64Array.from({ length }, () => draw());
    for (const earlier of [...held, ...held]) addTo(v, earlier, -dot(earlier, v));
    scale(v, 1 / norm(v));
    held.push(v);
  }
  return held;
}

/** Σ sᵢ uᵢ vᵢᵀ. */
function withSingular(values: readonly number[], u: readonly Float64Array[], v: readonly Float64Array[]): Matrix {
  const [rows, columns] = [u[0]!.length, v[0]!.length];
  const entries = new Float64Array(rows * columns);
  for (const [i, s] of values.entries())
    for (let r = 0; r < rows; r++) addTo(entries.subarray(r * columns, (r + 1) * columns), v[i]!, s * u[i]![r]!);
  return { rows, columns, values: entries };
}

/** |x − (x·y) y| / |x|: the sine of the angle to a unit vector. */
function angle(x: Float64Array, y: Float64Array): number {
  const rest = x.slice();
  addTo(rest, y, -dot(x, y));
  return norm(rest) / norm(x);
}

describe("spectral start", () => {
  const [rows, columns, count] = [60, 90, 60];
  const [u, v] = [orthonormal(rows, count, "u"), orthonormal(columns, count, "v")];
  const falling = Array.from({ length: count }, (_unused, i) => 1 - i / count);

  test.each([1e-2, 1e-4, 1e-6, 1e-8])("tells singular values apart that are %f apart", async (gap) => {
    const values = falling.map((value, i) => (i === 1 ? 1 - gap : value));
    const { w } = await spectralBlocks({ w: [withSingular(values, u, v)] }, 0.3, 0);
    expect(norm(w!.a)).toBeCloseTo(0.3, 13);
    expect(norm(w!.b)).toBeCloseTo(0.3, 13);
    // The matrix itself is known to rounding, so its vectors are to rounding over the gap.
    expect(angle(w!.a, v[0]!)).toBeLessThan(1e-13 / gap);
    expect(angle(w!.b, u[0]!)).toBeLessThan(1e-13 / gap);
  });

  test("is the top direction of all tasks together, each of length 1", async () => {
    // The first task is a thousand times as long, but has no more to say; the second direction wins by 1e-4 of two.
    const first = falling.map((value, i) => (i === 0 ? 1000 : i === 1 ? 999 : 1000 * value));
    const second = falling.map((value, i) => (i === 0 ? 1 - 1.1e-3 : i === 1 ? 1 : value));
    const sum = (i: number): number =>
      [first, second].reduce((all, values) => all + values[i]! ** 2 / values.reduce((s, x) => s + x * x, 0), 0);
    expect(sum(1)).toBeGreaterThan(sum(0));
    const matrices = [first, second].map((values) => withSingular(values, u, v));
    const { w } = await spectralBlocks({ w: matrices }, 0.3, 0);
    expect(angle(w!.a, v[1]!)).toBeLessThan(1e-9);
    expect(angle(w!.b, u[1]!)).toBeLessThan(1e-9);
  });

  test("is drawn where all directions are alike, or nothing moved", async () => {
    const { eye, zero } = await spectralBlocks(
      { eye: [withSingular([1, 1], u, v)], zero: [{ rows: 2, columns: 3, values: new Float64Array(6) }] },
      0.3,
      0,
    );
    expect(Math.hypot(dot(eye!.a, v[0]!), dot(eye!.a, v[1]!))).toBeCloseTo(0.3, 12);
    expect([norm(zero!.a), norm(zero!.b)].map((length) => length.toFixed(12))).toEqual(Array(2).fill("0.300000000000"));
  });
});
