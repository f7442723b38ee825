import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tensorFrom } from "../../../src/engine/memory.js";
import { matMul, mul, square, sub, sum } from "../../../src/engine/ops.js";
import {
  bregmanHypergradient,
  convergence,
  direct,
  indirect,
  inverseOf,
  inverseTerm,
} from "../../../src/meta/metamd/hypergradient.js";
import {
  axpy,
  bregman,
  preconditioned,
  scale,
  spectrum,
  squaredDistance,
  times,
  timesTransposed,
  type Block,
  type Matrix,
  distance,
  distanceGradient,
} from "../../../src/meta/metamd/kronecker.js";
import type { Problem } from "../../../src/training/problem.js";
import { centralDifferences, closeTo } from "../../support/numbers.js";
import { eachEngine } from "../../support/engines.js";
import { programOf } from "../../support/problems.js";

interface Vectors {
  readonly a: number[];
  readonly b: number[];
}
interface Golden {
  readonly D: number[][];
  readonly G: number[][];
  readonly a: number[];
  readonly b: number[];
  readonly preconditioned: number[][];
  readonly bregman: number;
  readonly squaredDistance: number;
  readonly distance: number;
  readonly largestEigenvalue: number;
  readonly alphaMax: number;
  readonly direct: Vectors;
  readonly distanceGradient: Vectors;
  readonly total: Vectors & { readonly gamma: number };
  readonly neumann: readonly (Vectors & { alpha: number; terms: number; scaled: boolean; p?: number[][] })[];
  readonly oneColumn: Vectors & { theta: number[]; bregman: number; smallest: number; largest: number };
  readonly mirrorSteps: {
    X: number[][];
    Y: number[][];
    learningRate: number;
    losses: number[];
    W: number[][][];
    bregman: number;
  };
}
const golden = JSON.parse(readFileSync(new URL("../../golden/metamd.json", import.meta.url), "utf8")) as Golden;
const matrix = (rows: readonly (readonly number[])[]): Matrix => ({
  rows: rows.length,
  columns: rows[0]!.length,
  values: Float64Array.from(rows.flat()),
});
const blockOf = ({ a, b }: Vectors): Block => ({ a: Float64Array.from(a), b: Float64Array.from(b) });
const block = blockOf(golden);
const D = matrix(golden.D);
const vectorsCloseTo = (actual: Block, expected: Vectors, tolerance: number): void => {
  closeTo(actual.a, expected.a, tolerance);
  closeTo(actual.b, expected.b, tolerance);
};

describe("check values of one block", () => {
  test("preconditioned gradient", () => {
    closeTo(preconditioned(block, matrix(golden.G)).values, golden.preconditioned.flat(), 1e-11);
  });
  test("Bregman divergence, distance from the identity, eigenvalues", () => {
    expect(bregman(block, D)).toBeCloseTo(golden.bregman, 12);
    expect(squaredDistance(block)).toBeCloseTo(golden.squaredDistance, 12);
    expect(distance({ block })).toBeCloseTo(golden.distance, 12);
    expect(spectrum(block).largest).toBeCloseTo(golden.largestEigenvalue, 12);
    expect(spectrum(block).smallest).toBe(1);
  });
  test("direct gradient and gradient of the distance", () => {
    vectorsCloseTo(direct(block, D), golden.direct, 1e-12);
    vectorsCloseTo(distanceGradient({ block }, 1).block!, golden.distanceGradient, 1e-8);
  });
  test("hypergradient of every mode with the exact inverse", () => {
    const total = (mode: "alg2" | "direct" | "eq13" | "ift-only"): Block =>
      bregmanHypergradient(block, D, mode, { kind: "exact" });
    const times = (factor: number): Vectors => ({
      a: golden.direct.a.map((x) => factor * x),
      b: golden.direct.b.map((x) => factor * x),
    });
    vectorsCloseTo(total("alg2"), times(-1), 1e-12);
    vectorsCloseTo(total("direct"), times(1), 1e-12);
    vectorsCloseTo(total("eq13"), times(2), 1e-12);
    vectorsCloseTo(total("ift-only"), times(-2), 1e-12);
    const away = distanceGradient({ block }, 1).block!;
    const { gamma } = golden.total;
    const both = { a: axpy(gamma, away.a, total("alg2").a), b: axpy(gamma, away.b, total("alg2").b) };
    vectorsCloseTo(both, golden.total, 1e-8);
  });
  test.each(golden.neumann)(
    "Neumann series, alpha $alpha, $terms terms, scaled $scaled",
    ({ p, alpha, terms, scaled, ...expected }) => {
      const inverse = { kind: "neumann", alpha, terms, scaled } as const;
      const term = inverseTerm(block, D, inverse);
      if (p !== undefined) closeTo(term.values, p.flat(), 1e-9);
      vectorsCloseTo(indirect(block, D, term), expected, 1e-9);
      closeTo(term.values, neumannByHand(block, D, alpha, terms, scaled).values, 1e-12);
    },
  );
  test("the series diverges where alpha times the largest eigenvalue exceeds 2", () => {
    const at = (alpha: number): ReturnType<typeof convergence> =>
      convergence([block], { kind: "neumann", alpha, terms: 20, scaled: true });
    expect(at(0.5).alphaMax).toBeCloseTo(golden.alphaMax, 8);
    expect(at(0.5).converges).toBe(true);
    expect(at(0.82).converges).toBe(false);
    const diverged = indirect(block, D, inverseTerm(block, D, { kind: "neumann", alpha: 1, terms: 20, scaled: true }));
    expect(Math.abs(diverged.a[0]!)).toBeGreaterThan(100);
  });
  test.each([0, 20, 200])("with alpha from M, %i terms leave (1 - 1/mu_max)^(J+1) of the unit eigenspace", (terms) => {
    // A larger block beside it: alpha is of the whole M.
    const wide = { a: Float64Array.of(2, 0, 1), b: Float64Array.of(1, 1) };
    const setting = { kind: "neumann", alpha: "from-m", terms, scaled: true } as const;
    const inverse = inverseOf([block, wide], setting);
    expect(inverse).toEqual({ ...setting, alpha: 1 / 18 });
    // Rows and columns orthogonal to b = (.4, -.7) and a = (.3, -.2, .6): M leaves it as it is.
    const plain = matrix([
      [1.4, 2.1, 0],
      [0.8, 1.2, 0],
    ]);
    const left = (1 - 1 / 18) ** (terms + 1);
    closeTo(
      inverseTerm(block, plain, inverse).values,
      plain.values.map((value) => (1 - left) * value),
      1e-12,
    );
    // What lies along both vectors of the block with μ_max is exact after one term.
    const along = matrix([
      [2, 0, 1],
      [2, 0, 1],
    ]);
    closeTo(inverseTerm(wide, along, inverse).values, along.values, 1e-12);
    expect(convergence([block, wide], inverse)).toEqual({ alphaMax: 2 / 18, contraction: 1 - 1 / 18, converges: true });
    const { values } = neumannByHand(block, D, 1 / 18, terms, true);
    closeTo(inverseTerm(block, D, inverse).values, values, 1e-12);
  });
  test("a number for alpha and the exact inverse stay as they are, and alpha from M = I is 1", () => {
    const fixed = { kind: "neumann", alpha: 0.1, terms: 20, scaled: true } as const;
    expect(inverseOf([block], fixed)).toEqual(fixed);
    expect(inverseOf([block], { kind: "exact" })).toEqual({ kind: "exact" });
    const identity = { a: new Float64Array(3), b: new Float64Array(2) };
    expect(inverseOf([identity], { ...fixed, alpha: "from-m" })).toEqual({ ...fixed, alpha: 1 });
  });
  test("a block of one column", () => {
    const { theta, bregman: expected, smallest, largest } = golden.oneColumn;
    const held = blockOf(golden.oneColumn);
    expect(bregman(held, { rows: 4, columns: 1, values: Float64Array.from(theta) })).toBeCloseTo(expected, 12);
    expect(spectrum(held).smallest).toBeCloseTo(smallest, 12);
    expect(spectrum(held).largest).toBeCloseTo(largest, 12);
  });
});

/** p_J = Σ (I − αM)ʲ M D by the iteration itself: v ← v − αMv, p ← p + v. */
function neumannByHand({ a, b }: Block, d: Matrix, alpha: number, terms: number, scaled: boolean): Matrix {
  const applyM = (x: Matrix): Matrix => {
    const [xa, xb] = [times(x, a), timesTransposed(x, b)];
    const cross = b.reduce((total, value, i) => total + value * xa[i]!, 0);
    const values = x.values.map((value, i) => {
      const [row, column] = [Math.floor(i / x.columns), i % x.columns];
      return value + xa[row]! * a[column]! + b[row]! * xb[column]! + cross * b[row]! * a[column]!;
    });
    return { ...x, values };
  };
  let v = applyM(d);
  let p = v.values;
  for (let j = 0; j < terms; j++) {
    v = { ...v, values: axpy(-alpha, applyM(v).values, v.values) };
    p = axpy(1, v.values, p);
  }
  return { ...d, values: scaled ? scale(alpha, p) : p };
}

/** A block and a matrix of its size. */
const sized = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 })).chain(([rows, columns]) => {
  const numbers = (length: number): fc.Arbitrary<Float64Array> =>
    fc
      .array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: length, maxLength: length })
      .map((x) => Float64Array.from(x));
  return fc
    .record({ a: numbers(columns), b: numbers(rows), values: numbers(rows * columns) })
    .map(({ a, b, values }) => ({
      block: { a, b },
      d: { rows, columns, values },
    }));
});

/** (I + b bᵀ) X (I + a aᵀ), entry by entry. */
function dense({ a, b }: Block, x: Matrix): Matrix {
  const at = (v: Float64Array, i: number, j: number): number => Number(i === j) + v[i]! * v[j]!;
  const values = x.values.map((_value, index) => {
    const [row, column] = [Math.floor(index / x.columns), index % x.columns];
    let total = 0;
    for (let i = 0; i < x.rows; i++)
      for (let j = 0; j < x.columns; j++) total += at(b, row, i) * x.values[i * x.columns + j]! * at(a, j, column);
    return total;
  });
  return { ...x, values };
}

describe("properties of a block", () => {
  test("preconditioning undoes the dense B X A", () => {
    fc.assert(
      fc.property(sized, ({ block: held, d }) => closeTo(preconditioned(held, dense(held, d)).values, d.values, 1e-9)),
    );
  });
  test("the divergence is half the inner product with the dense B D A", () => {
    fc.assert(
      fc.property(sized, ({ block: held, d }) => {
        const product = dense(held, d).values.reduce((total, value, i) => total + value * d.values[i]!, 0);
        expect(bregman(held, d)).toBeCloseTo(product / 2, 8);
      }),
    );
  });
  test("the distance polynomial is the dense |M − I|²", () => {
    fc.assert(
      fc.property(sized, ({ block: held, d }) => {
        let total = 0;
        for (let i = 0; i < d.values.length; i++) {
          const unit = { ...d, values: new Float64Array(d.values.length) };
          unit.values[i] = 1;
          const image = dense(held, unit).values;
          image[i]! -= 1;
          total += image.reduce((sumOf, value) => sumOf + value * value, 0);
        }
        expect(squaredDistance(held)).toBeCloseTo(total, 6);
      }),
    );
  });
  test("signs of a and b change nothing", () => {
    fc.assert(
      fc.property(sized, ({ block: { a, b }, d }) => {
        const turned = { a: scale(-1, a), b: scale(-1, b) };
        const unsigned = ({ values }: { values: Float64Array }): Float64Array => values.map((value) => value + 0); // -0 is 0
        expect(unsigned(preconditioned(turned, d))).toEqual(unsigned(preconditioned({ a, b }, d)));
        expect(bregman(turned, d)).toBe(bregman({ a, b }, d));
      }),
    );
  });
  test("direct and distance gradients are those of central differences", () => {
    fc.assert(
      fc.property(sized, ({ block: held, d }) => {
        const at = (x: Readonly<Record<string, Float64Array>>): Block => ({ a: x.a!, b: x.b! });
        const ofDivergence = centralDifferences((x) => bregman(at(x), d), held);
        const analytic = direct(held, d);
        const norm = 1 + Math.max(...ofDivergence.a!.map(Math.abs), ...ofDivergence.b!.map(Math.abs));
        for (const [i, value] of ofDivergence.a!.entries())
          expect(Math.abs(value - analytic.a[i]!) / norm).toBeLessThan(1e-6);
        for (const [i, value] of ofDivergence.b!.entries())
          expect(Math.abs(value - analytic.b[i]!) / norm).toBeLessThan(1e-6);
        if (squaredDistance(held) < 1e-2) return;
        for (const power of [1, 2] as const) {
          const numeric = centralDifferences((x) => distance({ block: at(x) }) ** power, held);
          const slope = distanceGradient({ block: held }, power).block!;
          const size = 1 + Math.max(...numeric.a!.map(Math.abs), ...numeric.b!.map(Math.abs));
          for (const [i, value] of numeric.a!.entries())
            expect(Math.abs(value - slope.a[i]!) / size).toBeLessThan(1e-6);
        }
      }),
    );
  });
  test("at a = 0 the hypergradient in a vanishes, and the distance has no slope at the identity", () => {
    const zero = { a: new Float64Array(3), b: Float64Array.of(0.4, -0.7) };
    expect([...direct(zero, D).a]).toEqual([0, 0, 0]);
    const identity = { block: { a: new Float64Array(3), b: new Float64Array(2) } };
    expect(distance(identity)).toBe(0);
    expect([...distanceGradient(identity, 1).block!.a, ...distanceGradient(identity, 1).block!.b]).toEqual([
      0, 0, 0, 0, 0,
    ]);
  });
  test("the distance keeps its digits for a large block near the identity", () => {
    const near = (length: number): Float64Array => new Float64Array(length).fill(Math.sqrt(1e-3 / length));
    expect(squaredDistance({ a: near(4608), b: near(512) })).toBeCloseTo(0.005122, 5);
  });
});

const { X, Y, learningRate, losses, W } = golden.mirrorSteps;
/** ½|W X − Y|² in a weight [2, 3]; `rowsFirst` false stores it as a convolution kernel is, [3, 2]. */
function regression(rowsFirst: boolean): Problem {
  return {
    parameters: {
      w: {
        shape: rowsFirst ? [2, 3] : [3, 2],
        initialise: { kind: "constant", value: 0 },
        matrix: { rows: 2, columns: 3, rowsFirst },
        head: false,
      },
    },
    feeds: () => ({}),
    loss({ w }) {
      const of = (rows: number[][]): ReturnType<typeof tensorFrom> =>
        tensorFrom(Float64Array.from(rows.flat()), { shape: [rows.length, rows[0]!.length], dtype: "float32" });
      return mul(sum(square(sub(matMul(w!, of(X), !rowsFirst), of(Y)))), 0.5);
    },
    evaluate: () => ({}),
  };
}

await eachEngine(({ name, use, tolerance }) => {
  test.each([true, false])("three mirror steps, rows first %s", async (rowsFirst) => {
    const program = programOf(await use(), "metamd", regression(rowsFirst), [1], {}, { w: { ...block } });
    program.start({ w: new Float64Array(6) });
    for (const [index, loss] of losses.entries()) {
      const before = program.step({ size: 1, feeds: {} }, index + 1, { learningRate, weightDecay: 0 });
      closeTo([before], [loss], name === "reference" ? 1e-9 : tolerance);
      const expected = rowsFirst ? W[index]!.flat() : [0, 1, 2].flatMap((c) => W[index]!.map((row) => row[c]!));
      closeTo(program.theta().w!, expected, name === "reference" ? 1e-9 : tolerance);
    }
    program.dispose();
  });
});

test("the divergence of the three mirror steps", () => {
  expect(bregman(block, matrix(W[2]!))).toBeCloseTo(golden.mirrorSteps.bregman, 8);
});
