import { z } from "zod";
import { map } from "../core/tree.js";
import { tensorFrom } from "../engine/memory.js";
import { add, div, matMul, mul, neg, reshape, square, sub, sum, zerosLike, type Tensor } from "../engine/ops.js";
import type { MatrixView } from "../engine/parameters.js";
import { optimiserEntry, type LearnedValues, type Optimiser, type OptimiserContext, type Params } from "./optimiser.js";
import { coupled } from "./weight-decay.js";

const settings = z.strictObject({ momentum: z.number().min(0).lt(1).default(0) });
type Settings = z.output<typeof settings>;
type Block = { readonly a: Tensor; readonly b: Tensor };
type State = { readonly blocks: Readonly<Record<string, Block>>; readonly velocity?: Params };

/** Mirror descent with a learned Kronecker-structured quadratic mirror map M = A ⊗ B, A = I + a aᵀ, B = I + b bᵀ.
 *  G = ∇f(θ) + λθ as out × in;  P = B⁻¹ G A⁻¹;  with momentum V ← μV + P and V for P;  θ ← θ − ηP.
 *  By Sherman-Morrison, with s = |a|² and t = |b|²: H = G − b (bᵀG)/(1+t), P = H − (Ha) aᵀ/(1+s). Parameters without
 *  a block take M = I: the plain gradient step.
 *  @param s μ in [0, 1). Feeds, scalar: η learningRate > 0, λ weightDecay ≥ 0.
 *  @param context learned a [in] and b [out] for every parameter with a block.
 *  @returns state: the blocks, unchanged by a step, and V shaped like θ when μ > 0.
 *  Source: MetaMD paper, Section 4.2 and Eq. 14 with step η (Eq. 1 and 6 differ by a factor 2). The paper runs it
 *  without momentum; λ enters before the preconditioner, as the mirror step of the regularised loss. */
export function metamd({ momentum }: Settings, { parameters, learned = {} }: OptimiserContext): Optimiser<State> {
  return {
    init: (theta) => ({
      blocks: blockTensors(learned),
      ...(momentum > 0 && { velocity: map((w) => zerosLike(w), theta) }),
    }),
    update(grads, state, theta, feeds) {
      const preconditioned = map(
        (g, name) => {
          const block = state.blocks[name];
          return block === undefined ? g : precondition(g, block, parameters[name]!.matrix!);
        },
        coupled(grads, theta, feeds),
      );
      const velocity = state.velocity && map((v, p) => add(mul(v, momentum), p), state.velocity, preconditioned);
      const step = map((p) => neg(mul(feeds.learningRate, p)), velocity ?? preconditioned);
      return { step, state: { blocks: state.blocks, ...(velocity && { velocity }) } };
    },
  };
}

/** B⁻¹ G A⁻¹ in the orientation in which G is stored: the vector of the rows works from the left, the other from the
 *  right. */
function precondition(g: Tensor, { a, b }: Block, { rows, columns, rowsFirst }: MatrixView): Tensor {
  const [left, right] = rowsFirst ? [b, a] : [a, b];
  const [height, width] = rowsFirst ? [rows, columns] : [columns, rows];
  const matrix = reshape(g, [height, width]);
  const l = reshape(left, [height, 1]);
  const r = reshape(right, [1, width]);
  const scaled = (x: Tensor): Tensor => div(x, add(sum(square(x)), 1));
  const half = sub(matrix, matMul(l, matMul(scaled(l), matrix, true, false)));
  return reshape(sub(half, matMul(matMul(half, scaled(r), false, true), r)), g.shape);
}

function blockTensors(learned: LearnedValues): Record<string, Block> {
  const vector = (values: LearnedValues[string][string]): Tensor =>
    tensorFrom(values, { shape: [values.length], dtype: "float32" });
  return map(({ a, b }) => ({ a: vector(a!), b: vector(b!) }), learned);
}

export const entry = optimiserEntry({
  title: "MetaMD",
  settings,
  create: metamd,
  needs: ["learned"],
  statePerParameter: ({ momentum }) => (momentum > 0 ? 1 : 0),
  source: "MetaMD paper, Section 4.2, Eq. 14",
});
export const momentumEntry = optimiserEntry({
  ...entry,
  title: "MetaMD (momentum 0.9)",
  settings: z.strictObject({ momentum: settings.shape.momentum.unwrap().default(0.9) }),
});
