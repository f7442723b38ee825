import { symmetricEigen } from "../../core/linear/symmetric-eigen.js";
import type { Engine, Entry } from "../../engine/engine.js";
import { sizeOf, type HostArray } from "../../engine/host.js";
import { reshape, type Tensor } from "../../engine/ops.js";
import type { Batch, Problem } from "../../training/problem.js";
import { pointSpecs, pointValues, type Pause, type PointState, type Values } from "../shared/point.js";

/** FᵀF of a matrix that comes row by row, in double precision. */
export interface Gram {
  /** [width, width], symmetric. */
  readonly matrix: Float64Array;
  readonly width: number;
  /** How many rows came. */
  rows: number;
}

const emptyGram = (width: number): Gram => ({ matrix: new Float64Array(width * width), width, rows: 0 });

/** Adds rows to a Gram matrix. @param values whole rows, one after the other. */
function addRows(gram: Gram, values: ArrayLike<number>): void {
  const { matrix, width } = gram;
  for (let begin = 0; begin < values.length; begin += width) {
    for (let i = 0; i < width; i++) {
      const left = values[begin + i]!;
      if (left === 0) continue;
      for (let j = i; j < width; j++) matrix[i * width + j]! += left * values[begin + j]!;
    }
    gram.rows++;
  }
  for (let i = 0; i < width; i++) for (let j = 0; j < i; j++) matrix[i * width + j] = matrix[j * width + i]!;
}

/** The singular values of the matrix behind a Gram matrix, the largest first: as many as it has rows or columns. Those
 *  below 1e-8 of the largest are rounding. */
export function singularValues({ matrix, width, rows }: Gram): number[] {
  const { values } = symmetricEigen(matrix, width);
  return Array.from(values, (value) => Math.sqrt(Math.max(0, value)))
    .reverse()
    .slice(0, rows);
}

/** Singular values over the largest; all 0 where that is 0. */
export const normalised = (values: readonly number[]): number[] =>
  values.map((value) => (values[0] === 0 ? 0 : value / values[0]!));

/** −Σ l̃ ln l̃ with l̃ = l / l_max: smaller where the singular values fall faster. The largest adds nothing. Unlike an
 *  entropy it depends on the number of rows: compare within a dataset. @param values the largest first. */
export const lowRankScore = (values: readonly number[]): number => plogp(normalised(values));

/** The entropy of l / Σ l. */
export function spectralEntropy(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  return plogp(values.map((value) => (sum === 0 ? 0 : value / sum)));
}

/** −Σ p ln p, with 0 ln 0 = 0. */
const plogp = (shares: readonly number[]): number =>
  shares.reduce((total, p) => (p > 0 ? total - p * Math.log(p) : total), 0);

/** The features before the classifier. */
export interface Features {
  /** The Gram matrix of the features of all examples. */
  gram(values: Values, batches: Iterable<Batch>, pause?: Pause): Promise<Gram>;
  dispose(): void;
}

/** Compiles the features of a problem: what goes into the layer that is its model's head, in evaluation.
 *  @param sizes examples of a batch, all that occur. */
export function features(engine: Engine, problem: Problem, sizes: readonly number[]): Features {
  const { parameters } = problem;
  const head = Object.entries(problem.layers ?? {}).find(([, { weight }]) => parameters[weight]?.head === true)?.[0];
  if (head === undefined) throw new Error("a problem without a classifier has no features before it");
  const entryOf = (size: number): Entry => ({
    feeds: problem.feeds(size),
    step(state, feeds) {
      const { theta, statistics } = state as unknown as PointState;
      let found: Tensor | undefined;
      const tap = (layer: string, input: Tensor): void => {
        if (layer === head) found = input;
      };
      problem.loss(theta, feeds, { evaluation: true, statistics, tap });
      return { state, outputs: { features: reshape(found!, [size, sizeOf(found!.shape) / size]) } };
    },
  });
  const program = engine.compile({
    state: pointSpecs(problem),
    entries: Object.fromEntries(sizes.map((size) => [String(size), entryOf(size)])),
  });
  return {
    async gram(values, batches, pause) {
      program.load(pointValues(problem, values));
      let gram: Gram | undefined;
      for (const { size, feeds } of batches) {
        const rows: HostArray = program.run(String(size), feeds).features!;
        gram ??= emptyGram(rows.length / size);
        addRows(gram, rows);
        await pause?.();
      }
      if (gram === undefined) throw new Error("no examples to take features of");
      return gram;
    },
    dispose: () => program.dispose(),
  };
}
