import { z } from "zod";
import { EXIT, UserError } from "../../core/errors.js";
import { suggestion } from "../../core/registry.js";
import { namedStream } from "../../core/rng.js";
import { map, type Leaves } from "../../core/tree.js";
import { abs, add, div, maximum, mul, neg, sqrt, square, sub, sum, zerosLike, type Tensor } from "../../engine/ops.js";
import type { LayerSpec } from "../../engine/parameters.js";
import { blend, blocksOf, identity, type Block, type Pair } from "./factors.js";
import { applyTurned, eigen, tikhonov, type Inversion, type Prepared } from "./inverses.js";
import { optimiserEntry, type Optimiser, type OptimiserContext, type Params } from "../optimiser.js";
import { dueAt, dueTogether } from "./periods.js";
import { basesOf, bringer, isTurningCheaper } from "./turned.js";

const period = z.int().positive();
const settings = z.strictObject({
  rho: z.number().min(0).lt(1).default(0.95).describe("share of the old factors in a running average"),
  damping: z.number().positive().default(1e-3),
  klClip: z.number().positive().default(1e-3).describe("largest KL divergence of a step, to second order"),
  momentum: z.number().min(0).lt(1).default(0.9),
  factorEvery: period.default(10).describe("steps between updates of the factors (TCov)"),
  inverseEvery: period.default(100).describe("steps between inversions (TInv)"),
  layerInverseEvery: z.record(z.string(), period).default({}).describe("inverseEvery of single layers, by name"),
  decayAfterFactors: z.int().nonnegative().default(20).describe("updates of the factors before weight decay begins"),
  fisher: z
    .enum(["sampled", "empirical"])
    .default("sampled")
    .describe("targets of the output gradients' factor: drawn from the model, or the batch's own, which cost less"),
  inverse: z.enum(["eigen", "tikhonov"]).default("eigen").describe("exact or factored damping"),
});
type Settings = z.output<typeof settings>;
const TARGETS = { empirical: "given targets", sampled: "sampled targets" } as const;
type State = {
  readonly factors: Leaves<Pair<Tensor>>;
  readonly inverses: Leaves<Prepared>;
  readonly velocity?: Params;
};

/** Natural gradient with a Kronecker-factored Fisher matrix A ⊗ G for every linear layer and convolution.
 *  A = mean ā āᵀ (a convolution: sum over the places of its kernel), G = mean g gᵀ, ā the input with a 1 for the bias, g
 *  the gradient of an example's loss in the layer's output. Every TCov steps Ā ← ρĀ + (1−ρ)A, the same for G, from the
 *  identity; every TInv steps the inverses. In every step V = (Ā ⊗ Ḡ + λI)⁻¹[dW db], or with the factored damping
 *  (Ḡ + √λ/π I)⁻¹ [dW db] (Ā + π√λ I)⁻¹; ν = min(1, √(κ/q)), q = η² Σ ⟨V, [dW db]⟩;
 *  d = νV, and ∇f for parameters of other layers; d ← d + ωθ after 20 TCov steps; b ← μb + d; θ ← θ − ηb.
 *  Wide linear layers are kept turned into the eigenvectors of Ḡ and Ā, where V is a division of every entry.
 *  @param s ρ, μ in [0, 1), damping λ > 0, klClip κ > 0, TCov factorEvery, TInv inverseEvery. Feeds, scalar:
 *  η learningRate > 0, ω weightDecay ≥ 0, decayShare.
 *  @returns state: factors and inverses by layer, b shaped like θ when μ > 0.
 *  @throws UserError when `layerInverseEvery` names no layer of the model.
 *  Source: Martens & Grosse 2015; Grosse & Martens 2016; order, clipping, momentum and late decay of
 *  alecwangcq/KFAC-Pytorch, optimizers/kfac.py. The batch's own targets (the empirical Fisher) are
 *  gpauloski/kfac-pytorch's. */
function kfac(s: Settings, { parameters, layers, mayTurn }: OptimiserContext): Optimiser<State> {
  if (layers === undefined) throw new Error("K-FAC needs the layers of the model");
  const periodOf = inversePeriods(s, layers);
  const turns = (layer: string, sides: Pair<number>): boolean =>
    mayTurn === true && s.inverse === "eigen" && isTurningCheaper(sides, periodOf[layer]!);
  const blocks = blocksOf(layers, parameters, turns);
  const turned = Object.keys(blocks).filter((name) => blocks[name]!.isTurned);
  const inversion = s.inverse === "eigen" ? eigen : tikhonov;
  const periods = [...new Set([s.factorEvery, ...Object.values(periodOf)])];
  const kinds = Object.fromEntries(dueTogether(periods).map((due) => [nameOf(due), due]));
  return {
    phases: {
      byName: map((due) => (due.includes(s.factorEvery) ? { layers: TARGETS[s.fisher] } : {}), kinds),
      at: (t) => nameOf(dueAt(periods, t)),
      uniform: (t, seed) => namedStream(seed, "fisher", t),
    },
    ...(turned.length > 0 && { turned: { names: turned, bases: ({ inverses }) => basesOf(turned, inverses) } }),
    hostFeeds: (t) => ({ decayShare: t > s.decayAfterFactors * s.factorEvery ? 1 : 0 }),
    init: (theta) => ({
      factors: map(({ sides }) => ({ a: identity(sides.a), g: identity(sides.g) }), blocks),
      inverses: map(({ sides, leftIsG }) => inversion.initial(sides, s.damping, leftIsG), blocks),
      ...(s.momentum > 0 && { velocity: map((w) => zerosLike(w), firstParameters(theta, layers, blocks)) }),
    }),
    update(grads, state, theta, feeds, context) {
      const due = kinds[context!.phase]!;
      const factors = !due.includes(s.factorEvery)
        ? state.factors
        : map((old, name) => blend(s.rho, old, blocks[name]!.factors(context!.layers![name]!)), state.factors);
      const isInverted = (name: string): boolean => due.includes(periodOf[name]!);
      const inverses = map(
        (old, name) => (isInverted(name) ? inversion.prepare(factors[name]!, s.damping, blocks[name]!.leftIsG) : old),
        state.inverses,
      );
      const changed = turned.filter(isInverted);
      const brought = bringer(basesOf(changed, state.inverses), basesOf(changed, inverses));
      const [slopes, before] = [brought(grads), brought(theta)];
      const natural = naturalGradient(blocks, inverses, slopes, feeds.learningRate, inversion, s.klClip);
      const decay = mul(feeds.weightDecay, feeds.decayShare!);
      const direction = map((g, w, name) => add(natural[name] ?? g, mul(decay, w)), slopes, before);
      const velocity = state.velocity && map((b, d) => add(mul(b, s.momentum), d), brought(state.velocity), direction);
      const rate = neg(feeds.learningRate);
      const step = map(
        (d, w, name) => {
          const moved = mul(rate, d);
          return w === theta[name] ? moved : add(moved, sub(w, theta[name]!));
        },
        velocity ?? direction,
        before,
      );
      return { step, state: { factors, inverses, ...(velocity && { velocity }) } };
    },
  };
}

/** What θ begins with. @param theta the problem's parameters. */
function firstParameters(theta: Params, layers: Leaves<LayerSpec>, blocks: Leaves<Block>): Params {
  const owners = new Set(Object.values(layers).flatMap(({ weight, bias }) => [weight, bias]));
  const others = Object.entries(theta).filter(([name]) => !owners.has(name));
  return Object.assign(
    Object.fromEntries(others),
    ...Object.values(blocks).map((block) => block.first(theta)),
  ) as Params;
}

/** νV of the layers' parameters. */
function naturalGradient(
  blocks: Leaves<Block>,
  inverses: State["inverses"],
  grads: Params,
  learningRate: Tensor,
  inversion: Inversion,
  klClip: number,
): Params {
  const matrices = map((block) => block.join(grads), blocks);
  const natural = map(
    ({ leftIsG, isTurned }, prepared, matrix) => (isTurned ? applyTurned : inversion.apply)(prepared, matrix, leftIsG),
    blocks,
    inverses,
    matrices,
  );
  const clip = clipping(natural, matrices, learningRate, klClip);
  return Object.assign({}, ...Object.values(map((block, v) => block.split(mul(clip, v)), blocks, natural))) as Params;
}

/** ν = min(1, √(κ/|q|)), 1 where q = 0; q = η² Σ ⟨V, G⟩ over all layers. */
function clipping(natural: Params, matrices: Params, learningRate: Tensor, klClip: number): Tensor {
  const products = Object.values(map((v, g) => sum(mul(v, g)), natural, matrices));
  const q = mul(
    square(learningRate),
    products.reduce((total, product) => add(total, product)),
  );
  return sqrt(div(klClip, maximum(abs(q), klClip)));
}

/** A phase by the periods that fall due in it. */
const nameOf = (due: readonly number[]): string => ["step", ...due].join(" ");

/** The steps between inversions of every layer. */
function inversePeriods({ inverseEvery, layerInverseEvery }: Settings, layers: Leaves<LayerSpec>): Leaves<number> {
  const names = Object.keys(layers);
  const unknown = Object.keys(layerInverseEvery).filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new UserError(
      EXIT.usage,
      unknown.map((name) => ({
        where: "methodSettings.kfac.layerInverseEvery",
        given: `no layer is called ${JSON.stringify(name)}`,
        accepted: names.join(", "),
        hint: suggestion(name, names),
      })),
    );
  }
  return map((_layer, name) => layerInverseEvery[name] ?? inverseEvery, layers);
}

export const entry = optimiserEntry({
  title: "KFAC",
  summary: "K-FAC, and KFC for convolutions",
  look: { colour: "#6c3271", dark: "#a17adf", dash: "solid", marker: "diamond" },
  kind: "layerwise",
  extraWork:
    "per layer: four matrix products with the gradient, or of wide linear layers with the batch; now and then factors and their inverses, of (in+1)^2 + out^2 floats each, and (in+1) out more to divide by",
  settings,
  create: kfac,
  needs: ["layers"],
  decaysApart: true,
  statePerParameter: ({ momentum }) => (momentum > 0 ? 1 : 0),
  source: "Martens & Grosse 2015; Grosse & Martens 2016; alecwangcq/KFAC-Pytorch",
});
