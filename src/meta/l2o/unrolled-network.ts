import { map, type Leaves } from "../../core/tree.js";
import type { Engine, Entry } from "../../engine/engine.js";
import { valueAndGrad } from "../../engine/grad.js";
import { sizeOf, type HostArray } from "../../engine/host.js";
import { mul, sum } from "../../engine/ops.js";
import type { ParameterSpec } from "../../engine/parameters.js";
import {
  advance,
  groupOf,
  networkShapes,
  prepare,
  preprocess,
  weightShapes,
  type Memory,
} from "../../optimisers/l2o/network.js";
import type { LearnedValues } from "../../optimisers/optimiser.js";

/** What happened in a window of K steps: ∇f(θ_0), ..., ∇f(θ_K), and what the network remembered before. */
export interface Window {
  readonly gradients: readonly Leaves<HostArray>[];
  /** By "<parameter>/<chunk>/<symbol>". */
  readonly memory: Leaves<HostArray>;
}

/** Gradients by group and by symbol of `weightShapes`. */
export type NetworkGradients = Readonly<Record<string, Leaves<Float64Array>>>;

/** The gradient of a window's meta-loss Σ_{t=0..K} f(θ_t) in the networks' weights, through the updates alone: how a
 *  gradient depends on earlier updates is left out, so that the cotangent of update u_s is r_s = Σ_{t>s} ∇f(θ_t). */
export interface UnrolledNetwork {
  gradient(learned: LearnedValues, window: Window): NetworkGradients;
  dispose(): void;
}

const MEMORY_SYMBOLS = ["h1", "c1", "h2", "c2"] as const;

interface Sizes {
  /** Units of a layer. */
  readonly hidden: number;
  readonly steps: number;
  /** Coordinates that are back-propagated at a time. */
  readonly chunk: number;
}

/** Compiles the back-propagation through `steps` steps of the network on `chunk` coordinates at a time.
 *  What does not fill a chunk or a window is filled up with zeros: a cotangent of zero adds nothing. */
export function unrolledNetwork(
  engine: Engine,
  parameters: Leaves<ParameterSpec>,
  { hidden, steps, chunk: most }: Sizes,
): UnrolledNetwork {
  const groups: Record<string, string[]> = {};
  for (const [name, spec] of Object.entries(parameters)) (groups[groupOf(spec)] ??= []).push(name);
  const sizeOfGroup = (names: readonly string[]): number =>
    names.reduce((total, name) => total + sizeOf(parameters[name]!.shape), 0);
  const chunk = Math.min(most, Math.max(...Object.values(groups).map(sizeOfGroup)));
  const program = engine.compile({ state: {}, entries: { backpropagate: backpropagation({ hidden, steps, chunk }) } });
  return {
    gradient(learned, { gradients, memory }) {
      const cotangents = map((_spec, name) => suffixSums(gradients.map((at) => at[name]!)), parameters);
      return map((names, group) => {
        const parts = pieces(names, { gradients, cotangents, memory, hidden });
        const total = map((shape) => new Float64Array(sizeOf(shape)), weightShapes(hidden));
        const feeds = map((rows, symbol) => {
          const count = symbol === "gradients" || symbol === "cotangents" ? steps : hidden;
          return zerosFor(rows, count * chunk);
        }, parts);
        for (let from = 0; from < sizeOfGroup(names); from += chunk) {
          for (const [symbol, values] of Object.entries(feeds))
            fill(values, parts[symbol as keyof Pieces], from, chunk);
          const outputs = program.run("backpropagate", { ...learned[group], ...feeds });
          for (const [symbol, sums] of Object.entries(total))
            outputs[symbol]!.forEach((value, i) => (sums[i]! += value));
        }
        return total;
      }, groups);
    },
    dispose: () => program.dispose(),
  };
}

/** The gradient of Σ_s ⟨u_s, r_s⟩ over one chunk in the network's weights. */
function backpropagation({ hidden, steps, chunk }: Sizes): Entry {
  const float = (shape: readonly number[]) => ({ shape, dtype: "float32" as const });
  return {
    feeds: {
      ...map(float, networkShapes(hidden)),
      gradients: float([steps, chunk]),
      cotangents: float([steps, chunk]),
      ...Object.fromEntries(MEMORY_SYMBOLS.map((symbol) => [symbol, float([hidden, chunk])])),
    },
    step(state, feeds) {
      const { grads } = valueAndGrad(
        (weights) => {
          const network = prepare({ ...feeds, ...weights });
          const { update } = advance(network, feeds as Memory, preprocess(feeds.gradients!, network.p));
          return sum(mul(update, feeds.cotangents!));
        },
        map((_shape, symbol) => feeds[symbol]!, weightShapes(hidden)),
      );
      return { state, outputs: grads };
    },
  };
}

/** r_s = Σ_{t>s} g_t for s = 0..K−1: added in double precision, each kept in the gradients' own. */
function suffixSums(gradients: readonly HostArray[]): HostArray[] {
  const running = new Float64Array(gradients[0]!.length);
  return gradients
    .slice(1)
    .reverse()
    .map((g) => {
      const sums = g.slice();
      for (let i = 0; i < sums.length; i++) sums[i] = running[i]! += g[i]!;
      return sums;
    })
    .reverse();
}

/** Rows over a stretch of a group's coordinates. */
interface Piece {
  readonly start: number;
  readonly side: number;
  readonly rows: readonly HostArray[];
}

type Pieces = Record<"gradients" | "cotangents" | (typeof MEMORY_SYMBOLS)[number], Piece[]>;
/** Everything that a group's coordinates need, in the order of its parameters. */
function pieces(
  names: readonly string[],
  {
    gradients,
    cotangents,
    memory,
    hidden,
  }: Window & { readonly cotangents: Leaves<readonly HostArray[]>; readonly hidden: number },
): Pieces {
  const result: Pieces = { gradients: [], cotangents: [], h1: [], c1: [], h2: [], c2: [] };
  let start = 0;
  for (const name of names) {
    const size = cotangents[name]![0]!.length;
    const steps = gradients.slice(0, -1).map((at) => at[name]!);
    result.gradients.push({ start, side: size, rows: steps });
    result.cotangents.push({ start, side: size, rows: cotangents[name]! });
    for (let index = 0, at = start; at < start + size; index++) {
      const side = memory[`${name}/${index}/h1`]!.length / hidden;
      for (const symbol of MEMORY_SYMBOLS) {
        const values = memory[`${name}/${index}/${symbol}`]!;
        const rows = Array.from({ length: hidden }, (_, row) => values.subarray(row * side, (row + 1) * side));
        result[symbol].push({ start: at, side, rows });
      }
      at += side;
    }
    start += size;
  }
  return result;
}

/** Zeros in the rows' precision. */
function zerosFor(parts: readonly Piece[], size: number): HostArray {
  const single = parts.every(({ rows }) => rows[0] instanceof Float32Array);
  return new (single ? Float32Array : Float64Array)(size);
}

/** Writes the columns from..from+columns of the pieces, row by row; zeros where there is nothing. */
function fill(values: HostArray, parts: readonly Piece[], from: number, columns: number): void {
  values.fill(0);
  for (const { start, side, rows } of parts) {
    const first = Math.max(start, from);
    const last = Math.min(start + side, from + columns);
    if (first >= last) continue;
    rows.forEach((row, r) => values.set(row.subarray(first - start, last - start), r * columns + first - from));
  }
}
