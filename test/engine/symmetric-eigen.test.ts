// Eigenvectors of symmetric matrices of every kind, of sizes around the borders of what is computed together.
import { expect, test } from "vitest";
import { symmetricEigen as inDoubles } from "../../src/core/linear/symmetric-eigen.js";
import { namedStream } from "../../src/core/rng.js";
import { hostArray, tensorFrom, tidy } from "../../src/engine/memory.js";
import { openNamedEngine } from "../../src/engine/open.js";
import { symmetricEigen } from "../../src/engine/ops.js";
import { eachEngine, engineOrNone } from "../support/engines.js";
import { scratchFolder } from "../support/folder.js";
import { withOwnOperations } from "../support/own-operations.js";

await withOwnOperations(scratchFolder());

type Entry = (i: number, j: number, n: number, uniform: () => number) => number;

/** x + xᵀ of these entries, j ≤ i; `uniform` is drawn from once an entry at most. */
const KINDS: Readonly<Record<string, Entry>> = {
  "drawn at random": (_i, _j, _n, uniform) => uniform() - 0.5,
  "the identity": (i, j) => Number(i === j),
  zero: () => 0,
  "diagonal, not in order": (i, j, n) => (i === j ? Math.sin(i * n) : 0),
  "ones, of rank one": () => 1,
  "ones in blocks of five": (i, j) => Number(Math.floor(i / 5) === Math.floor(j / 5)),
  "almost the identity": (i, j, _n, uniform) => Number(i === j) + 1e-7 * uniform(),
  "of sizes that fall": (i, j, n, uniform) => (uniform() - 0.5) * 10 ** ((-6 * (i + j)) / n),
  "mostly zeros": (_i, _j, n, uniform) => Math.max(0, uniform() - 1 + 2 / n) * n,
  "tridiagonal, eigenvalues in pairs (Wilkinson)": (i, j, n) =>
    i === j ? Math.abs(i - (n - 1) / 2) / 2 : Number(i === j + 1),
  "diagonal but for numbers whose squares are next to the smallest": (i, j, n, uniform) =>
    i === j ? Math.sin(i * n) : 3e-19 * uniform(),
  "of large numbers": (_i, _j, n, uniform) => ((uniform() - 0.5) / n) * 1e38,
  "of small numbers": (_i, _j, _n, uniform) => (uniform() - 0.5) * 1e-30,
};

const SIZES = [1, 2, 3, 16, 31, 33, 64, 65, 129, 200];

/** A symmetric matrix of numbers that float32 has. */
function matrix(kind: string, n: number): Float32Array {
  const uniform = namedStream(0, kind, n);
  const x = new Float32Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      const entry = KINDS[kind]!(i, j, n, uniform);
      x[i * n + j] = x[j * n + i] = i === j ? 2 * entry : entry;
    }
  return x;
}

function eigen(x: Float32Array, n: number): { values: number[]; vectors: number[] } {
  let found = { values: [] as number[], vectors: [] as number[] };
  tidy(() => {
    const { values, vectors } = symmetricEigen(tensorFrom(x, { shape: [n, n], dtype: "float32" }));
    expect([values.shape, vectors.shape]).toEqual([[n], [n, n]]);
    found = { values: [...hostArray(values)], vectors: [...hostArray(vectors)] };
    return [];
  });
  return found;
}

/** The largest entries of x Q − Q D and of QᵀQ − I, by columns of Q. */
function flaws(x: ArrayLike<number>, n: number, { values, vectors }: ReturnType<typeof eigen>): [number, number] {
  const columns = Array.from({ length: n }, (_unused, j) =>
    Float64Array.from({ length: n }, (_, i) => vectors[i * n + j]!),
  );
  const dot = (a: ArrayLike<number>, b: Float64Array): number => {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += a[k]! * b[k]!;
    return sum;
  };
  const rows = Array.from({ length: n }, (_unused, i) => Float64Array.from(x).subarray(i * n, (i + 1) * n));
  const worst = [0, 0];
  for (const [j, q] of columns.entries())
    for (let i = 0; i < n; i++) {
      worst[0] = Math.max(worst[0]!, Math.abs(dot(rows[i]!, q) - values[j]! * q[i]!));
      worst[1] = Math.max(worst[1]!, Math.abs(dot(columns[i]!, q) - Number(i === j)));
    }
  return worst as [number, number];
}

await eachEngine(({ tolerance, use }) => {
  test.each(Object.keys(KINDS))("a matrix %s", async (kind) => {
    await use();
    for (const n of SIZES) {
      const x = matrix(kind, n);
      const found = eigen(x, n);
      const expected = inDoubles(x, n).values;
      const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const [apart, notOrthogonal] = flaws(x, n, found);
      expect(apart, `${n}: x Q - Q D`).toBeLessThanOrEqual(tolerance * largest);
      expect(notOrthogonal, `${n}: orthogonality`).toBeLessThan(tolerance);
      for (const [i, value] of found.values.entries())
        expect(Math.abs(value - expected[i]!), `${n}: eigenvalue ${i}`).toBeLessThanOrEqual(tolerance * largest);
      expect(found.values).toEqual([...found.values].sort((a, b) => a - b));
    }
  });
});

test.skipIf((await engineOrNone("tensorflow")) === undefined)(
  "the native engine: a matrix that threads share",
  async () => {
    const { details } = await openNamedEngine("tensorflow", { threads: 2 });
    expect(details.kernels).toMatchObject({ symmetricEigen: true });
    const n = 540;
    const x = matrix("drawn at random", n);
    const found = eigen(x, n);
    const [apart, notOrthogonal] = flaws(x, n, found);
    expect(apart).toBeLessThan(1e-5 * Math.max(...found.values.map(Math.abs)));
    expect(notOrthogonal).toBeLessThan(1e-5);
  },
);
