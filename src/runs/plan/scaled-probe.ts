import { median } from "../../core/averages.js";
import { milliseconds } from "../../core/clock.js";
import { namedStream } from "../../core/rng.js";
import type { Engine, Entry } from "../../engine/engine.js";
import { withoutLargeDecompositions } from "../../engine/left-out.js";
import { symmetricEigen } from "../../engine/ops.js";
import type { Model } from "../../models/model.js";
import type { MethodId } from "../../optimisers/index.js";
import { modelProbe, type MethodProbe } from "../../training/step-probe.js";

/** Side of the matrix whose decomposition is timed for larger ones, which take as many times as long as their side cubed
 *  is larger. */
const TIMED = 512;
const TIMES = 5;

/** A method's probe that decomposes no large matrix: what that takes is added to the times of its steps. */
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
  let unit: number | undefined;
  const leftOut = (kind: string): number => {
    const cubes = light.sidesOf(`${kind}:${batchSize}`).reduce((sum, side) => sum + side ** 3, 0);
    return cubes === 0 ? 0 : cubes * (unit ??= decompositionPrice(engine));
  };
  const kinds = new Set(Array.from({ length: 1000 }, (_unused, i) => probe.kindAt(i + 1)));
  return {
    ...probe,
    compilingMore: [...kinds].reduce((sum, kind) => sum + leftOut(kind), 0),
    timeAt: (t) => probe.timeAt(t) + leftOut(probe.kindAt(t)),
  };
}

/** An engine whose programs decompose no large matrix: with it the sides of those that a compiled entry would. */
function lighter(engine: Engine): { engine: Engine; sidesOf(entry: string): readonly number[] } {
  const sides = new Map<string, readonly number[]>();
  const noting = (name: string, { feeds, step }: Entry): Entry => ({
    feeds,
    step(...given) {
      const left = withoutLargeDecompositions(() => step(...given));
      sides.set(name, left.sides);
      return left.result;
    },
  });
  const compile: Engine["compile"] = ({ entries, ...definition }) => {
    const noted = Object.entries<Entry>(entries).map(([name, entry]) => [name, noting(name, entry)]);
    return engine.compile({ ...definition, entries: Object.fromEntries(noted) as typeof entries });
  };
  return { engine: { ...engine, compile }, sidesOf: (entry) => sides.get(entry) ?? [] };
}

/** Milliseconds of a decomposition by the cube of the matrix's side. */
function decompositionPrice(engine: Engine): number {
  const spec = { shape: [TIMED, TIMED], dtype: "float32" } as const;
  const program = engine.compile({
    state: {},
    entries: { decompose: { feeds: { x: spec }, step: (state, { x }) => ({ state, outputs: symmetricEigen(x!) }) } },
  });
  const uniform = namedStream(0, "decomposition");
  const x = new Float32Array(TIMED * TIMED);
  for (let row = 0; row < TIMED; row++)
    for (let column = 0; column <= row; column++)
      x[row * TIMED + column] = x[column * TIMED + row] = row === column ? 1 : 0.1 * (uniform() - 0.5);
  program.run("decompose", { x });
  const times = Array.from({ length: TIMES }, () => {
    const begun = milliseconds();
    program.run("decompose", { x });
    return milliseconds() - begun;
  });
  program.dispose();
  return median(times) / TIMED ** 3;
}
