import { z } from "zod";
import { map } from "../core/tree.js";
import { tensorFrom } from "../engine/memory.js";
import { add, div, maximum, mul, neg, rankOneSolve, sqrt, square, sum, zerosLike, type Tensor } from "../engine/ops.js";
import type { MatrixView } from "../engine/parameters.js";
import { MULTIPLES } from "./shared/candidates.js";
import { optimiserEntry, type LearnedValues, type Optimiser, type OptimiserContext, type Params } from "./optimiser.js";
import { coupled } from "./shared/weight-decay.js";

const settings = z.strictObject({
  momentum: z.number().min(0).lt(1).default(0),
  clip: z.number().positive().optional().describe("largest norm of the gradient that M is applied to; absent: any"),
});
type Settings = z.output<typeof settings>;
/** A block in the orientation in which its parameter is stored [height, width]: l works on the rows, r on the columns. */
type Block = {
  /** [height, 1], and l/(1+|l|²). */
  readonly l: Tensor;
  readonly lScaled: Tensor;
  /** [1, width], and r/(1+|r|²). */
  readonly r: Tensor;
  readonly rScaled: Tensor;
};
/** A tree keeps no empty branch: `blocks` is absent where no parameter has one. */
type State = { readonly blocks?: Readonly<Record<string, Block>>; readonly velocity?: Params };

/** Mirror descent with a learned Kronecker-structured quadratic mirror map M = A ⊗ B, A = I + a aᵀ, B = I + b bᵀ.
 *  With clip ∇f ← ∇f min(1, c/|∇f|), the norm over all parameters.  G = ∇f(θ) + λθ as out × in;  P = B⁻¹ G A⁻¹;
 *  with momentum V ← μV + P and V for P;  θ ← θ − ηP.
 *  By Sherman-Morrison P = G − (Ga)aᵀ/(1+s) − b(bᵀG)/(1+t) + (bᵀGa)/((1+s)(1+t)) b aᵀ, s = |a|², t = |b|². Parameters
 *  without a block take M = I: the plain gradient step.
 *  @param s μ in [0, 1), c > 0. Feeds, scalar: η learningRate > 0, λ weightDecay ≥ 0.
 *  @param context learned a [in] and b [out] for every parameter with a block.
 *  @returns state: the blocks, unchanged by a step, and V shaped like θ when μ > 0.
 *  Source: MetaMD paper, Section 4.2 and Eq. 14 with step η (Eq. 1 and 6 differ by a factor 2). The paper runs it
 *  without momentum and clipping; λ enters before the preconditioner, as the mirror step of the regularised loss. */
function metamd({ momentum, clip }: Settings, { parameters, learned = {} }: OptimiserContext): Optimiser<State> {
  return {
    init: (theta) => ({
      blocks: map((values, name) => blockTensor(values, parameters[name]!.matrix!), learned),
      ...(momentum > 0 && { velocity: map((w) => zerosLike(w), theta) }),
    }),
    update(grads, state, theta, feeds) {
      const preconditioned = map(
        (g, name) => {
          const block = state.blocks?.[name];
          return block === undefined ? g : precondition(g, block);
        },
        coupled(clip === undefined ? grads : clipped(grads, clip), theta, feeds),
      );
      const velocity = state.velocity && map((v, p) => add(mul(v, momentum), p), state.velocity, preconditioned);
      const rate = neg(feeds.learningRate);
      const step = map((p) => mul(rate, p), velocity ?? preconditioned);
      return { step, state: { ...state, ...(velocity && { velocity }) } };
    },
  };
}

/** B⁻¹ G A⁻¹; what does not change during a run is in the state. */
const precondition = (g: Tensor, { l, lScaled, r, rScaled }: Block): Tensor =>
  rankOneSolve(g, { vector: l, scaled: lScaled }, { vector: r, scaled: rScaled });

/** g min(1, c/|g|). @param c largest norm over all parameters. */
function clipped(grads: Params, c: number): Params {
  const squares = Object.values(grads).map((g) => sum(square(g)));
  const length = sqrt(squares.reduce((total, one) => add(total, one)));
  const factor = div(c, maximum(length, c));
  return map((g) => mul(g, factor), grads);
}

/** The learned a (on the columns of out × in) and b (on its rows) as tensors. */
function blockTensor({ a, b }: LearnedValues[string], { rowsFirst }: MatrixView): Block {
  const [left, right] = rowsFirst ? [b!, a!] : [a!, b!];
  const l = tensorFrom(left, { shape: [left.length, 1], dtype: "float32" });
  const r = tensorFrom(right, { shape: [1, right.length], dtype: "float32" });
  const scaled = (x: Tensor): Tensor => div(x, add(sum(square(x)), 1));
  return { l, lScaled: scaled(l), r, rScaled: scaled(r) };
}

/** a = b = 0 for every weight matrix: M = I. */
const untrained = (parameters: OptimiserContext["parameters"]): LearnedValues =>
  Object.fromEntries(
    Object.entries(parameters).flatMap(([name, { matrix }]) =>
      matrix === undefined ? [] : [[name, { a: new Float64Array(matrix.columns), b: new Float64Array(matrix.rows) }]],
    ),
  );

export const entry = optimiserEntry({
  title: "MetaMD",
  summary: "MetaMD, meta-trained over the paper's horizon",
  look: { colour: "#d37812", dark: "#ffc84b", dash: "solid", marker: "circle", stroke: 1.6 },
  kind: "layerwise",
  extraWork: "three matrix-vector products and a rank-two update per block",
  settings,
  candidates: MULTIPLES,
  create: metamd,
  needs: [],
  learned: { by: "metamd", what: "two vectors per weight matrix", untrained },
  statePerParameter: ({ momentum }) => (momentum > 0 ? 1 : 0),
  source: "MetaMD paper, Section 4.2, Eq. 14",
});
/** Meta-learned over a short inner horizon: the same rule, other meta-training. */
export const shortEntry = optimiserEntry({
  ...entry,
  title: "MetaMD (short horizon)",
  summary: "MetaMD, meta-trained over a short horizon",
  look: { colour: "#7f686a", dark: "#dc532d", dash: "dashed", marker: "circle" },
  learned: { ...entry.learned!, by: "metamd_short" },
});
export const momentumEntry = optimiserEntry({
  ...entry,
  title: "MetaMD (momentum 0.9)",
  summary: "MetaMD with heavy-ball momentum on the preconditioned gradient",
  look: { colour: "#6349c1", dark: "#8694fa", dash: "dotted", marker: "circle" },
  settings: settings.extend({ momentum: settings.shape.momentum.unwrap().default(0.9) }),
});
