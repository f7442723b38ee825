import { namedStream, normal } from "../core/rng.js";
import { map, type Leaves } from "../core/tree.js";
import type { MatrixView, ParameterSpec } from "../engine/parameters.js";
import { dot, scale, times, timesTransposed, type Block, type Matrix } from "./kronecker.js";

/** The parameters that get a block: weight matrices and kernels, the classifier's only if it is included. Biases and
 *  other vectors keep M = I: with one column A is a scalar, and b would couple unrelated coordinates. */
export function blockViews(parameters: Leaves<ParameterSpec>, includeHead: boolean): Record<string, MatrixView> {
  const views: Record<string, MatrixView> = {};
  for (const [name, { matrix, head }] of Object.entries(parameters)) {
    if (matrix !== undefined && (includeHead || !head)) views[name] = matrix;
  }
  return views;
}

/** a_i ~ N(0, scale²/κ), b_i ~ N(0, scale²/ι): M is close to I, but not I, where every hypergradient vanishes. */
export function randomBlocks(views: Leaves<MatrixView>, size: number, seed: number): Record<string, Block> {
  const vector = (length: number, name: string, symbol: string): Float64Array => {
    const draw = normal(namedStream(seed, "blocks", name, symbol));
    return Float64Array.from({ length }, () => (draw() * size) / Math.sqrt(length));
  };
  return map(({ rows, columns }, name) => ({ a: vector(columns, name, "a"), b: vector(rows, name, "b") }), views);
}

/** a = scale · v₁(Σ D̂ᵀD̂), b = scale · v₁(Σ D̂D̂ᵀ) with D̂ = D/|D|_F: the directions along which short runs move most.
 *  @param displacements of each block, one per task. */
export function spectralBlocks(
  displacements: Leaves<readonly Matrix[]>,
  size: number,
  seed: number,
): Record<string, Block> {
  return map((matrices, name) => {
    const normalised = matrices.map(normalise);
    const { rows, columns } = matrices[0]!;
    const top = (length: number, apply: (v: Float64Array) => Float64Array, symbol: string): Float64Array =>
      scale(size, topEigenvector(length, apply, namedStream(seed, "spectral", name, symbol)));
    const sum = (parts: readonly Float64Array[]): Float64Array =>
      parts[0]!.map((_value, i) => parts.reduce((total, part) => total + part[i]!, 0));
    return {
      a: top(columns, (v) => sum(normalised.map((d) => timesTransposed(d, times(d, v)))), "a"),
      b: top(rows, (v) => sum(normalised.map((d) => times(d, timesTransposed(d, v)))), "b"),
    };
  }, displacements);
}

/** D/|D|_F; a zero matrix stays. */
export function normalise(d: Matrix): Matrix {
  const norm = Math.sqrt(dot(d.values, d.values));
  return norm > 0 ? { ...d, values: scale(1 / norm, d.values) } : d;
}

const ITERATIONS = 200;
const TOLERANCE = 1e-12;

/** Unit top eigenvector of a positive semi-definite operator by power iteration; its largest entry is positive. */
function topEigenvector(length: number, apply: (v: Float64Array) => Float64Array, uniform: () => number): Float64Array {
  const unit = (v: Float64Array): Float64Array => scale(1 / Math.sqrt(dot(v, v)), v);
  let v = unit(Float64Array.from({ length }, () => uniform() - 0.5));
  for (let i = 0; i < ITERATIONS; i++) {
    const image = apply(v);
    if (dot(image, image) === 0) break;
    const next = unit(image);
    const moved = 1 - Math.abs(dot(v, next));
    v = next;
    if (moved < TOLERANCE) break;
  }
  const largest = v.reduce((held, value) => (Math.abs(value) > Math.abs(held) ? value : held), 0);
  return largest < 0 ? scale(-1, v) : v;
}
