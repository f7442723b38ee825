import { median } from "../../core/averages.js";
import { milliseconds } from "../../core/clock.js";
import { namedStream } from "../../core/rng.js";
import type { Engine, Entry } from "../../engine/engine.js";
import { withoutLargeMatrices, type LargeWork, type LeftOut } from "../../engine/left-out.js";
import { inverse, symmetricEigen, type Tensor } from "../../engine/ops.js";
import type { Model } from "../../models/model.js";
import type { MethodId } from "../../optimisers/index.js";
import { modelProbe, type MethodProbe } from "../../training/step-probe.js";

/** Side of the matrix that is timed in the place of larger ones, which take as many times as long as their side cubed is
 *  larger. */
const TIMED = 512;
const TIMES = 5;

/** What is timed. */
const WORK: Readonly<Record<LargeWork, (x: Tensor) => Readonly<Record<string, Tensor>>>> = {
  decomposition: symmetricEigen,
  inverse: (x) => ({ inverse: inverse(x, 1) }),
};

/** A method's probe that decomposes and inverts no large matrix: what that takes is added to the times of its steps. */
export interface ScaledProbe extends MethodProbe {
  /** What compiling would take more. */
  readonly compilingMore: number;
}

/** @param batchSize examples of a step. @param settings of the method. */
export function scaledProbe(
  engine: Engine,
  model: Model,
  method: MethodId,
  batchSize: number,
  settings: unknown,
): ScaledProbe {
  const light = lighter(engine);
  const probe = modelProbe(light.engine, model, method, batchSize, settings);
  const units = new Map<LargeWork, number>();
  const unitOf = (work: LargeWork): number => {
    const unit = units.get(work) ?? priceOf(engine, work);
    units.set(work, unit);
    return unit;
  };
  const leftOut = (kind: string): number =>
    light.leftOutOf(`${kind}:${batchSize}`).reduce((sum, { work, side }) => sum + unitOf(work) * side ** 3, 0);
  const kinds = new Set(Array.from({ length: 1000 }, (_unused, i) => probe.kindAt(i + 1)));
  return {
    ...probe,
    compilingMore: [...kinds].reduce((sum, kind) => sum + leftOut(kind), 0),
    timeAt: (t) => probe.timeAt(t) + leftOut(probe.kindAt(t)),
  };
}

/** An engine whose programs decompose and invert no large matrix: with it what a compiled entry leaves out. */
function lighter(engine: Engine): { engine: Engine; leftOutOf(entry: string): readonly LeftOut[] } {
  const leftOut = new Map<string, readonly LeftOut[]>();
  const noting = (name: string, { feeds, step }: Entry): Entry => ({
    feeds,
    step(...given) {
      const left = withoutLargeMatrices(() => step(...given));
      leftOut.set(name, left.leftOut);
      return left.result;
    },
  });
  const compile: Engine["compile"] = ({ entries, ...definition }) => {
    const noted = Object.entries<Entry>(entries).map(([name, entry]) => [name, noting(name, entry)]);
    return engine.compile({ ...definition, entries: Object.fromEntries(noted) as typeof entries });
  };
  return { engine: { ...engine, compile }, leftOutOf: (entry) => leftOut.get(entry) ?? [] };
}

/** Milliseconds that something takes by the cube of the matrix's side. */
function priceOf(engine: Engine, work: LargeWork): number {
  const spec = { shape: [TIMED, TIMED], dtype: "float32" } as const;
  const program = engine.compile({
    state: {},
    entries: { once: { feeds: { x: spec }, step: (state, { x }) => ({ state, outputs: WORK[work](x!) }) } },
  });
  const uniform = namedStream(0, work);
  const x = new Float32Array(TIMED * TIMED);
  for (let row = 0; row < TIMED; row++)
    for (let column = 0; column <= row; column++)
      x[row * TIMED + column] = x[column * TIMED + row] = row === column ? 1 : 0.1 * (uniform() - 0.5);
  program.run("once", { x });
  const times = Array.from({ length: TIMES }, () => {
    const begun = milliseconds();
    program.run("once", { x });
    return milliseconds() - begun;
  });
  program.dispose();
  return median(times) / TIMED ** 3;
}
