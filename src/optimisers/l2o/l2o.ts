import { z } from "zod";
import { map, type Leaves } from "../../core/tree.js";
import { sizeOf } from "../../engine/host.js";
import { tidy } from "../../engine/memory.js";
import { concat, mul, reshape, split, type Tensor } from "../../engine/ops.js";
import {
  advance,
  emptyMemory,
  groupOf,
  HIDDEN,
  hiddenOf,
  initialNetworks,
  networkTensors,
  prepare,
  preprocess,
  requireGroups,
  type Advance,
  type Memory,
} from "./network.js";
import { optimiserEntry, type Optimiser, type OptimiserContext } from "../optimiser.js";
import { coupled } from "../shared/weight-decay.js";

const settings = z.strictObject({
  chunk: z
    .int()
    .positive()
    .default(4096)
    .describe("coordinates that are computed at a time, or a 64th of a parameter's if these are more"),
});
type Settings = z.output<typeof settings>;

type State = {
  /** The networks' numbers, by group and symbol. */
  readonly learned: Readonly<Record<string, Leaves<Tensor>>>;
  /** By parameter, and by chunk of its coordinates. */
  readonly memory: Readonly<Record<string, Readonly<Record<string, Memory>>>>;
};

/** A two-layer LSTM, the same for every coordinate with a memory of its own for each, that turns gradients into steps.
 *  g = ∇f(θ) + λθ;  x = preprocess(g);  z = [x, h]W + b;  c ← σ(f+1)c + σ(i)tanh(j);  h ← σ(o)tanh(c), twice;
 *  θ ← θ + η · scale · (w·h + b).  One network serves convolution kernels, another all else.
 *  @param s chunk ≥ 1. Feeds, scalar: η learningRate > 0, λ weightDecay ≥ 0.
 *  @param context learned numbers of the groups "linear" and, where there are kernels, "convolution": `networkShapes`.
 *  @returns state: those numbers, unchanged by a step, and 4H for every coordinate, zero at first.
 *  @throws UserError (usage) when a group is missing.
 *  Source: Andrychowicz et al. 2016, Sections 2.1, 3.3 and Appendix A. η multiplies the learned step, which is our
 *  reading of "tuned learning rates". */
function l2o({ chunk }: Settings, { parameters, learned = {} }: OptimiserContext): Optimiser<State> {
  requireGroups(parameters, learned);
  const sides = map(({ shape }) => chunkSides(sizeOf(shape), chunk), parameters);
  return {
    init: (theta) => ({
      learned: map(networkTensors, learned),
      memory: map((_w, name) => {
        const hidden = hiddenOf(learned[groupOf(parameters[name]!)]!);
        return Object.fromEntries(sides[name]!.map((side, i) => [String(i), emptyMemory(hidden, side)]));
      }, theta),
    }),
    update(grads, state, theta, feeds) {
      const networks = map(prepare, state.learned);
      const moved = map(
        (g, name) => {
          const network = networks[groupOf(parameters[name]!)]!;
          const input = preprocess(reshape(g, [1, g.size]), network.p);
          const parts = split(input, sides[name]!, 2);
          return parts.map((part, i) => tidy(() => advance(network, state.memory[name]![String(i)]!, part)));
        },
        coupled(grads, theta, feeds),
      );
      const whole = (parts: readonly Advance[]): Tensor =>
        mul(
          feeds.learningRate,
          concat(
            parts.map(({ update }) => update),
            1,
          ),
        );
      return {
        step: map((parts, w) => reshape(whole(parts), w.shape), moved, theta),
        state: {
          learned: state.learned,
          memory: map((parts) => Object.fromEntries(parts.map(({ memory }, i) => [String(i), memory])), moved),
        },
      };
    },
  };
}

/** Chunks of a parameter at most: each is a part of the compiled step, and large kernels would have hundreds. */
const CHUNKS = 64;

/** How many coordinates each chunk of n has. */
function chunkSides(n: number, least: number): number[] {
  const side = Math.max(least, Math.ceil(n / CHUNKS));
  return Array.from({ length: Math.ceil(n / side) }, (_, i) => Math.min(side, n - i * side));
}

export const entry = optimiserEntry({
  title: "L2O",
  summary: "L2O: a learned LSTM, and another for convolution kernels",
  look: { colour: "#8f85d7", dark: "#dec6ee", dash: "dotted", marker: "diamond" },
  kind: "network",
  extraWork: "10 kflop per coordinate: two LSTM layers",
  settings,
  create: l2o,
  needs: [],
  learned: {
    by: "l2o",
    what: "5,141 weights per network",
    untrained: (parameters) => initialNetworks(parameters, 0, { p: 10, scale: 0.1 }),
  },
  statePerParameter: () => 4 * HIDDEN,
  source: "Andrychowicz et al. 2016, Section 2.1 and Appendix A",
});
