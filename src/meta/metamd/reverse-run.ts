import { dot } from "../../core/linear/vectors.js";
import { map, prefixed, type Leaves } from "../../core/tree.js";
import type { Engine, Entry } from "../../engine/engine.js";
import { hessianVector } from "../../engine/grad.js";
import { sizeOf, type HostArray, type TensorSpec } from "../../engine/host.js";
import type { MatrixView, Params, ValueSpec } from "../../engine/parameters.js";
import { initialise } from "../../models/initialise.js";
import { everyParameter } from "../../models/model.js";
import type { Batch, Problem } from "../../training/problem.js";
import { direct, indirect, type BlockGradient } from "./hypergradient.js";
import { axpy, mirrored, preconditioned, scale, type Block } from "./kronecker.js";
import { asMatrix, asStored, differenceMatrix } from "./stored-matrix.js";

/** An inner run of MetaMD's rule, θ_{t+1} = θ_t − η M⁻¹∇f_t(θ_t), without weight decay and momentum. */
export interface InnerTrajectory {
  /** θ_0 … θ_T: the parameters before the first step, frozen ones among them, and the trained ones after each step.
   *  (The paper counts from θ_1.) */
  readonly thetas: readonly Leaves<HostArray>[];
  /** a and b of every parameter that has a block. */
  readonly blocks: Readonly<Record<string, Block>>;
  /** The batch of step t = 1..T, once more. */
  batch(t: number): Batch;
}

interface ReverseOptions {
  /** η. */
  readonly learningRate: number;
  /** Whether every block's divergence is weighed with 1/|D|². */
  readonly normalise: boolean;
  /** Called after every product with a Hessian. */
  onProduct?(): void | Promise<void>;
}

/** A compiled program that differentiates any number of runs. */
interface RunReverser {
  /** dE/da and dE/db of every block for the whole trajectory. */
  hypergradient(trajectory: InnerTrajectory, options: ReverseOptions): Promise<Record<string, BlockGradient>>;
  dispose(): void;
}

/** Gradient evaluations of a product with a Hessian: the gradient is evaluated again, and differentiated. */
export const PRODUCT_COST = 2;

/** Gradient evaluations of the way back through T steps: the first of them needs no product. */
export const reverseCost = (steps: number): number => PRODUCT_COST * (steps - 1);

/** The true derivative in (a, b) of what MetaMD minimises, E(a, b) = Σ_blocks ½⟨D, B D A⟩ with D = θ_T − θ_0, where T steps
 *  on the same batches lead from θ_0 to θ_T. Parameters without a block take part in the run, not in E, as in every mode;
 *  the regulariser is left out.
 *  Reverse mode: begin with dE = `direct` at D, and with u = ∂E/∂θ_T, which is B D A on the blocks and 0 elsewhere; then for
 *  t = T−1 … 0, with q = M⁻¹u and the step E_t = ηM⁻¹∇f_t = θ_t − θ_{t+1}:
 *    dE += ∂⟨q, M E_t⟩ at fixed q and E_t, which is −`indirect` of E_t and q;  u ← u − ηH_t q.
 *  These sums are in closed form and double precision; only H_t q, an exact product with the Hessian, is the engine's.
 *  After one step E_0 = −D and q = D: dE = −direct, what Algorithm 2 says.
 *  `normalise` weighs every block's divergence with 1/|D|², a constant: that is what D/|D| in place of D makes of every
 *  mode, all being quadratic in D. Differentiating the weight too would be another objective, ½⟨D, B D A⟩/|D|² a block,
 *  which is at least ½ and ½ at M = I whatever a run does, so that nothing could be learned from runs.
 *  @param views the blocks' orientation. @param sizes examples of a batch, all that occur. */
export function runReverser(
  engine: Engine,
  problem: Problem,
  views: Leaves<MatrixView>,
  sizes: readonly number[],
): RunReverser {
  const float = ({ shape }: ValueSpec): TensorSpec => ({ shape, dtype: "float32" });
  const statistics = problem.statistics ?? {};
  const program = engine.compile({
    state: {
      ...prefixed("theta", map(float, everyParameter(problem))),
      ...prefixed("statistics", map(float, statistics)),
      ...prefixed("direction", map(float, problem.parameters)),
    },
    entries: Object.fromEntries(sizes.map((size) => [String(size), productEntry(problem, size)])),
  });
  const fixed = prefixed("statistics", initialise(statistics, 0));
  return {
    async hypergradient({ thetas, blocks, batch }, { learningRate, normalise, onProduct }) {
      const [start, end] = [thetas[0]!, thetas.at(-1)!];
      const total: Record<string, BlockGradient> = {};
      let u: Record<string, Float64Array> = map(({ shape }) => new Float64Array(sizeOf(shape)), problem.parameters);
      for (const [name, block] of Object.entries(blocks)) {
        const d = differenceMatrix(start[name]!, end[name]!, views[name]!);
        const square = dot(d.values, d.values);
        const weight = normalise && square > 0 ? 1 / square : 1;
        total[name] = scaled(weight, direct(block, d));
        u[name] = scale(weight, asStored(mirrored(block, d), views[name]!));
      }
      for (let t = thetas.length - 2; t >= 0; t--) {
        const [here, next] = [thetas[t]!, thetas[t + 1]!];
        const q = map((values, name) => {
          const block = blocks[name];
          if (block === undefined) return values;
          const view = views[name]!;
          const matrix = preconditioned(block, asMatrix(values, view));
          const part = indirect(block, differenceMatrix(next[name]!, here[name]!, view), matrix);
          total[name] = { a: axpy(-1, part.a, total[name]!.a), b: axpy(-1, part.b, total[name]!.b) };
          return asStored(matrix, view);
        }, u);
        if (t === 0) break;
        const { size, feeds } = batch(t + 1);
        program.load({ ...fixed, ...prefixed("theta", { ...start, ...here }), ...prefixed("direction", q) });
        const product: Record<string, HostArray> = program.run(String(size), feeds);
        u = map((values, name) => values.map((value, i) => value - learningRate * product[name]![i]!), u);
        await onProduct?.();
      }
      return total;
    },
    dispose: () => program.dispose(),
  };
}

const scaled = (factor: number, { a, b }: BlockGradient): BlockGradient => ({
  a: scale(factor, a),
  b: scale(factor, b),
});

interface ProductState {
  readonly theta: Params;
  /** A tree keeps no empty branch. */
  readonly statistics?: Params;
  readonly direction: Params;
}

/** The product of the training loss' Hessian on one batch with a direction. */
const productEntry = (problem: Problem, size: number): Entry => ({
  feeds: problem.feeds(size),
  step(state, feeds) {
    const { theta, statistics, direction } = state as unknown as ProductState;
    const trained = map((_spec, name) => theta[name]!, problem.parameters);
    const loss = (moved: Params) => problem.loss({ ...theta, ...moved }, feeds, { statistics });
    return { state, outputs: hessianVector(loss, trained, direction) };
  },
});
