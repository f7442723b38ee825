import { expect, test } from "vitest";
import { dot } from "../../../src/core/linear/vectors.js";
import { bregman, mirrored, preconditioned, type Block } from "../../../src/meta/metamd/kronecker.js";
import { asMatrix, asStored, differenceMatrix } from "../../../src/meta/metamd/stored-matrix.js";
import { closeTo } from "../../support/numbers.js";

test.each([
  { rowsFirst: true, entries: [1, 2, 3, 4, 5, 6] },
  { rowsFirst: false, entries: [1, 3, 5, 2, 4, 6] },
])("a parameter as out × in and back, rows first $rowsFirst", ({ rowsFirst, entries }) => {
  const view = { rows: 2, columns: 3, rowsFirst };
  const stored = Float32Array.of(1, 2, 3, 4, 5, 6);
  const matrix = asMatrix(stored, view);
  expect(matrix).toEqual({ rows: 2, columns: 3, values: Float64Array.from(entries) });
  expect(asStored(matrix, view)).toEqual(Float64Array.from(stored));
  const twice = stored.map((x) => 3 * x);
  expect(differenceMatrix(stored, twice, view).values).toEqual(Float64Array.from(entries, (x) => 2 * x));
});

test("M undoes the preconditioner, and gives the divergence", () => {
  const block: Block = { a: Float64Array.of(0.3, -0.2, 0.6), b: Float64Array.of(0.4, -0.7) };
  const d = { rows: 2, columns: 3, values: Float64Array.of(0.5, -1, 0.25, 2, 0.75, -0.5) };
  closeTo(mirrored(block, preconditioned(block, d)).values, d.values, 1e-14);
  expect(dot(d.values, mirrored(block, d).values) / 2).toBeCloseTo(bregman(block, d), 12);
});
