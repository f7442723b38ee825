import { largestEigenvalues } from "../../core/linear/lanczos.js";
import { dot } from "../../core/linear/vectors.js";
import { namedStream, normal } from "../../core/rng.js";
import { map, type Leaves } from "../../core/tree.js";
import type { MatrixView, ParameterSpec } from "../../engine/parameters.js";
import { scale, times, timesTransposed, type Block, type Matrix } from "./kronecker.js";

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

/** |Av − λv| over λ at which a direction of the spectral start counts as found. */
const TOLERANCE = 1e-14;

/** a = scale · v₁(Σ D̂ᵀD̂), b = scale · v₁(Σ D̂D̂ᵀ) with D̂ = D/|D|_F: the directions along which short runs move most.
 *  Where the two largest eigenvalues are close, the search goes on until it tells them apart, if need be through all
 *  dimensions; where they are equal, the seed decides.
 *  @param displacements of each block, one per task. */
export async function spectralBlocks(
  displacements: Leaves<readonly Matrix[]>,
  size: number,
  seed: number,
): Promise<Record<string, Block>> {
  const blocks: Record<string, Block> = {};
  for (const [name, matrices] of Object.entries(displacements)) {
    const normalised = matrices.map(normalise);
    const { rows, columns } = matrices[0]!;
    const top = async (length: number, product: (d: Matrix, v: Float64Array) => Float64Array, symbol: string) => {
      const apply = (v: Float64Array): Promise<Float64Array> =>
        Promise.resolve(sum(normalised.map((d) => product(d, v))));
      const uniform = namedStream(seed, "spectral", name, symbol);
      const settings = { steps: length, count: 1, tolerance: TOLERANCE, uniform };
      return scale(size, (await largestEigenvalues(apply, length, settings)).vector);
    };
    blocks[name] = {
      a: await top(columns, (d, v) => timesTransposed(d, times(d, v)), "a"),
      b: await top(rows, (d, v) => times(d, timesTransposed(d, v)), "b"),
    };
  }
  return blocks;
}

const sum = (parts: readonly Float64Array[]): Float64Array =>
  parts[0]!.map((_value, i) => parts.reduce((total, part) => total + part[i]!, 0));

/** D/|D|_F; a zero matrix stays. */
export function normalise(d: Matrix): Matrix {
  const norm = Math.sqrt(dot(d.values, d.values));
  return norm > 0 ? { ...d, values: scale(1 / norm, d.values) } : d;
}
