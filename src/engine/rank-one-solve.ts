import type * as tf from "@tensorflow/tfjs-core";
import { runKernel } from "./fused.js";
import { tfjs } from "./tfjs.js";

type Tensor = tf.Tensor;

/** A kernel of our own that an engine may lack: the operation is then composed of others.
 *  {g, left [h, 1], leftScaled [h, 1], right [1, w], rightScaled [1, w]} -> P of the shape of g. */
export const RANK_ONE_SOLVE = "MetamdRankOneSolve";

/** A vector x, and x/(1+|x|²). */
export interface RankOneFactor {
  readonly vector: Tensor;
  readonly scaled: Tensor;
}

/** `ops` is its public face. */
export function rankOneSolve(g: Tensor, left: RankOneFactor, right: RankOneFactor): Tensor {
  if (tfjs().getKernel(RANK_ONE_SOLVE, tfjs().getBackend()) === undefined) return composed(g, left, right);
  const vectors = { left: left.vector, leftScaled: left.scaled, right: right.vector, rightScaled: right.scaled };
  return runKernel(RANK_ONE_SOLVE, { g, ...vectors })[0]!;
}

/** With u = Gr/(1+|r|²) and w = lᵀG/(1+|l|²): P = G − [u l][rᵀ; w − (lᵀu)/(1+|l|²) rᵀ]. G is read three times. */
function composed(g: Tensor, { vector: l, scaled: lScaled }: RankOneFactor, right: RankOneFactor): Tensor {
  const { concat, matMul, mul, reshape, sub } = tfjs();
  const { vector: r, scaled: rScaled } = right;
  const matrix = reshape(g, [l.shape[0]!, r.shape[1]!]);
  const u = matMul(matrix, rScaled, false, true);
  const w = matMul(lScaled, matrix, true, false);
  const corrected = sub(w, mul(matMul(lScaled, u, true, false), r));
  return reshape(sub(matrix, matMul(concat([u, l], 1), concat([r, corrected], 0))), g.shape);
}
