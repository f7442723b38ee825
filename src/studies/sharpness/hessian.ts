import { addTo, norm, scale } from "../../core/linear/vectors.js";
import { map, type Leaves } from "../../core/tree.js";
import type { Engine, Entry } from "../../engine/engine.js";
import { hessianVector, valueAndGrad } from "../../engine/grad.js";
import { type HostArray, sizeOf } from "../../engine/host.js";
import { add, mul, type Tensor } from "../../engine/ops.js";
import type { Batch, Problem } from "../../training/problem.js";
import type { ValueSpec } from "../../engine/parameters.js";
import { lineSpecs, lineValues, SCALAR, type Pause, type LineState, type Values } from "../shared/point.js";

/** exact: the gradient of <∇L, v>; central: (∇L(θ + hv) − ∇L(θ − hv)) / 2h, in the memory of a gradient. */
export type ProductKind = "exact" | "central";

/** Products with the Hessian of a problem's mean loss, in its trained parameters. Batch normalisations take the running
 *  statistics, which stay as they are. */
export interface HessianProducts {
  readonly layout: Layout;
  /** Passes over the batches that a product takes. */
  readonly passes: number;
  /** @param values the point. @param v in the order of `layout`. @param batches all of the data, once; the mean is over
   *  their examples. @returns Hv. */
  product(values: Values, v: Float64Array, batches: () => Iterable<Batch>, pause?: Pause): Promise<Float64Array>;
  dispose(): void;
}

/** Machine epsilon of an engine's numbers. */
const EPSILON = { float32: 2 ** -23, float64: Number.EPSILON } as const;

/** Compiles the products. @param sizes examples of a batch, all that occur. */
export function hessianProducts(
  engine: Engine,
  problem: Problem,
  sizes: readonly number[],
  kind: ProductKind,
): HessianProducts {
  const layout = layoutOf(problem.parameters);
  const program = engine.compile({
    state: lineSpecs(problem),
    entries: Object.fromEntries(sizes.map((size) => [String(size), entryOf(problem, size, kind)])),
  });

  /** Adds factor times the sum over the examples of what an entry gives to a vector. @returns the examples. */
  async function addSums(
    total: Float64Array,
    factor: number,
    batches: Iterable<Batch>,
    scalars: Readonly<Record<string, number>>,
    pause: Pause | undefined,
  ): Promise<number> {
    const parts = layout.parts(total);
    let examples = 0;
    for (const { size, feeds } of batches) {
      const outputs: Record<string, HostArray> = program.run(String(size), { ...feeds, ...scalars });
      for (const [name, part] of Object.entries(parts)) addTo(part, outputs[name]!, factor * size);
      examples += size;
      await pause?.();
    }
    return examples;
  }

  return {
    layout,
    passes: kind === "exact" ? 1 : 2,
    async product(values, v, batches, pause) {
      const result = new Float64Array(layout.size);
      const length = norm(v);
      if (length === 0) return result;
      const unit = v.map((x) => x / length);
      program.load(lineValues(problem, values, layout.parts(unit)));
      if (kind === "exact") {
        const examples = await addSums(result, length, batches(), {}, pause);
        scale(result, 1 / examples);
        return result;
      }
      const h = differenceStep(engine, norm(layout.joined(values)));
      const examples = await addSums(result, length / (2 * h), batches(), { offset: h }, pause);
      await addSums(result, -length / (2 * h), batches(), { offset: -h }, pause);
      scale(result, 1 / examples);
      return result;
    },
    dispose: () => program.dispose(),
  };
}

/** The step of a central difference along a unit vector: ∛ε (1 + |θ|), where truncation and rounding are of one size. */
const differenceStep = ({ details }: Engine, length: number): number =>
  Math.cbrt(EPSILON[details.precision]) * (1 + length);

/** What a batch of so many examples adds to a product: Hv, or the gradient that a difference is taken of. */
function entryOf(problem: Problem, size: number, kind: ProductKind): Entry {
  return {
    feeds: { ...problem.feeds(size), ...(kind === "central" && { offset: SCALAR }) },
    step(state, feeds) {
      const { theta, statistics, direction } = state as unknown as LineState;
      const trained = map((_spec, name) => theta[name]!, problem.parameters);
      const loss = (moved: Leaves<Tensor>): Tensor =>
        problem.loss({ ...theta, ...moved }, feeds, { evaluation: true, statistics });
      const outputs =
        kind === "exact"
          ? hessianVector(loss, trained, direction)
          : valueAndGrad(
              loss,
              map((x, v) => add(x, mul(v, feeds.offset!)), trained, direction),
            ).grads;
      return { state, outputs };
    },
  };
}

/** Named parameters as one vector, in their order. */
interface Layout {
  readonly size: number;
  /** A vector of new numbers. */
  joined(values: Leaves<HostArray>): Float64Array;
  /** Views of a vector by name. */
  parts(vector: Float64Array): Record<string, Float64Array>;
}

/** @internal Exported for tests. */
export function layoutOf(parameters: Leaves<ValueSpec>): Layout {
  let size = 0;
  const places = map(({ shape }) => {
    const begin = size;
    size += sizeOf(shape);
    return { begin, end: size };
  }, parameters);
  return {
    size,
    joined(values) {
      const vector = new Float64Array(size);
      for (const [name, { begin }] of Object.entries(places)) vector.set(values[name]!, begin);
      return vector;
    },
    parts: (vector) => map(({ begin, end }) => vector.subarray(begin, end), places),
  };
}
