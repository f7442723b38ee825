import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { map, type Leaves } from "../../../src/core/tree.js";
import type { Engine } from "../../../src/engine/engine.js";
import { vectorJacobian } from "../../../src/engine/grad.js";
import type { HostArray } from "../../../src/engine/host.js";
import { hostArray, tensorCount, tensorFrom, tidy } from "../../../src/engine/memory.js";
import { openNamedEngine } from "../../../src/engine/open.js";
import { add, mul, square, sub, sum } from "../../../src/engine/ops.js";
import type { ParameterSpec } from "../../../src/engine/parameters.js";
import {
  unroller,
  windowCost,
  type Hypergradient,
  type Unroller,
  type Window,
} from "../../../src/meta/shared/unroll.js";
import { initialise } from "../../../src/models/initialise.js";
import { curvatureTransform } from "../../../src/optimisers/meta-curvature.js";
import { alphaTransform } from "../../../src/optimisers/meta-sgd.js";
import type { LearnedValues } from "../../../src/optimisers/optimiser.js";
import type { GradientTransform } from "../../../src/optimisers/shared/transformed.js";
import type { Batch, Problem } from "../../../src/training/problem.js";
import { eachEngine } from "../../support/engines.js";
import { closeTo } from "../../support/numbers.js";
import {
  p0,
  P0_START,
  randomBatch,
  smallBatchNorm,
  smallMlp,
  someLearned,
  tinyConvolution,
} from "../../support/problems.js";
import { drill, everything } from "../../support/require.js";

interface Golden {
  readonly alpha: [number, number];
  readonly windows: readonly {
    readonly steps: number;
    readonly firstOrder: boolean;
    readonly loss: number;
    readonly start?: number[];
    readonly alpha: number[];
  }[];
}
const goldenOf = <Content>(name: string): Content =>
  JSON.parse(readFileSync(new URL(`../../golden/${name}.json`, import.meta.url), "utf8")) as Content;
const golden = goldenOf<Golden>("meta-sgd");

/** (x − .3)² + .5(y + .1)² + .2xy. */
const outerP0: Problem = {
  ...p0,
  loss: ({ x, y }) => sum(add(add(square(sub(x!, 0.3)), mul(square(add(y!, 0.1)), 0.5)), mul(mul(x!, y!), 0.2))),
};
const NOTHING: Batch = { size: 1, feeds: {} };

await eachEngine(({ name, use, tolerance }) => {
  test.each(golden.windows)("Meta-SGD's check values, K = $steps, first order $firstOrder", async (window) => {
    const [x, y] = golden.alpha;
    const learned = { x: { alpha: Float64Array.of(x) }, y: { alpha: Float64Array.of(y) } };
    const unrolled = unroller(await use(), {
      method: "meta_sgd",
      transform: alphaTransform,
      inner: p0,
      outer: outerP0,
      innerSizes: [1],
      outerSizes: [1],
      learned,
    });
    unrolled.rule.start(P0_START, learned);
    const {
      outerLoss,
      learned: slopes,
      start,
    } = unrolled.hypergradient({
      learned,
      steps: window.steps,
      learningRate: 1,
      firstOrder: window.firstOrder,
      start: true,
      innerBatch: () => NOTHING,
      outerBatch: () => NOTHING,
    });
    unrolled.dispose();
    const digits = name === "reference" ? 1e-9 : 5 * tolerance;
    closeTo([outerLoss], [window.loss], digits);
    closeTo([slopes.x!.alpha![0]!, slopes.y!.alpha![0]!], window.alpha, digits);
    if (window.start !== undefined) closeTo([start!.x![0]!, start!.y![0]!], window.start, digits);
  });
});

interface Curvature {
  readonly linear: Record<"G" | "Mo" | "Mi" | "transformed" | "P" | "dMo" | "dMi", number[][]>;
  readonly kernel: { G: number[]; transformed: number[] } & Record<"Mo" | "Mi" | "Mf", number[][]>;
}
const curvature = goldenOf<Curvature>("meta-curvature");
const initial = { kind: "constant", value: 0 } as const;
const weight: ParameterSpec = {
  shape: [2, 3],
  initialise: initial,
  matrix: { rows: 2, columns: 3, rowsFirst: true },
  head: false,
};
/** (o, i, f) = (2, 2, 3) as it is stored, [kh, kw, in, out]. */
const kernel: ParameterSpec = {
  shape: [1, 3, 2, 2],
  initialise: initial,
  matrix: { rows: 2, columns: 6, rowsFirst: false },
  head: false,
};
const stored = (values: readonly number[]): number[] =>
  [0, 1, 2].flatMap((f) => [0, 1].flatMap((i) => [0, 1].map((o) => values[(o * 2 + i) * 3 + f]!)));
const matrices = (rows: Readonly<Record<string, number[][]>>): Record<string, Float64Array> =>
  map((matrix) => Float64Array.from(matrix.flat()), rows);

/** The transformed gradient, and what a cotangent of it makes of the learned matrices. */
function transformOf(
  parameter: ParameterSpec,
  g: readonly number[],
  learned: Leaves<HostArray>,
  cotangent: readonly number[],
): { transformed: number[]; slopes: Record<string, number[]> } {
  const result = { transformed: [] as number[], slopes: {} as Record<string, number[]> };
  tidy(() => {
    const tensor = (values: readonly number[]) =>
      tensorFrom(Float64Array.from(values), { shape: parameter.shape, dtype: "float32" });
    const shapes = curvatureTransform.shapes(parameter);
    const values = map((numbers, symbol) => tensorFrom(numbers, { shape: shapes[symbol]!, dtype: "float32" }), learned);
    const gradient = tensor(g);
    result.transformed = [...hostArray(curvatureTransform.apply(gradient, values, parameter))];
    const slopes = vectorJacobian((x) => ({ y: curvatureTransform.apply(gradient, x, parameter) }), values, {
      y: tensor(cotangent),
    });
    result.slopes = map((slope) => [...hostArray(slope)], slopes);
    return [];
  });
  return result;
}

await eachEngine(({ use, tolerance }) => {
  test("Meta-Curvature's check values of a weight", async () => {
    await use();
    const { G, Mo, Mi, transformed, P, dMo, dMi } = curvature.linear;
    const found = transformOf(weight, G.flat(), matrices({ Mo, Mi }), P.flat());
    closeTo(found.transformed, transformed.flat(), tolerance);
    closeTo(found.slopes.Mo!, dMo.flat(), tolerance);
    closeTo(found.slopes.Mi!, dMi.flat(), tolerance);
  });

  test("Meta-Curvature's check values of a kernel", async () => {
    await use();
    const { G, Mo, Mi, Mf, transformed } = curvature.kernel;
    const found = transformOf(kernel, stored(G), matrices({ Mo, Mi, Mf }), stored(G));
    closeTo(found.transformed, stored(transformed), tolerance);
  });
});

interface Setting {
  readonly problem: Problem;
  readonly classes: number;
  readonly method: "meta_sgd" | "meta_curvature";
}
const TRANSFORMS: Readonly<Record<Setting["method"], GradientTransform>> = {
  meta_sgd: alphaTransform,
  meta_curvature: curvatureTransform,
};
const NETS = {
  MLP: [smallMlp, 4],
  convolutions: [tinyConvolution, 3],
  "batch normalisation": [smallBatchNorm, 3],
} as const;
const LEARNED = everything ? (["meta_sgd", "meta_curvature"] as const) : (["meta_curvature"] as const);
const SETTINGS: [string, Setting][] = Object.entries(NETS).flatMap(([net, [problem, classes]]) =>
  LEARNED.map((method): [string, Setting] => [`${method}, ${net}`, { problem, classes, method }]),
);
const SIZE = 4;

function windowOf({ problem, classes, method }: Setting, learned: LearnedValues, more: Partial<Window> = {}): Window {
  return {
    learned,
    steps: 3,
    learningRate: method === "meta_sgd" ? 20 : 0.2,
    firstOrder: false,
    start: true,
    innerBatch: (k) => randomBatch(problem, SIZE, classes, k),
    outerBatch: () => randomBatch(problem, SIZE, classes, 9),
    ...more,
  };
}
const unrollerOf = (engine: Engine, { problem, method }: Setting): Unroller =>
  unroller(engine, {
    method,
    transform: TRANSFORMS[method],
    inner: problem,
    outer: problem,
    innerSizes: [SIZE],
    outerSizes: [SIZE],
    learned: someLearned(method, problem.parameters),
  });

/** Some entries of each array, so that a dense check of large matrices stays short. */
const places = (length: number): number[] => [...new Set([0, 1, 7, length >> 1, length - 1])].filter((i) => i < length);

describe("hypergradients are central differences of the unrolled loss", () => {
  test.each(SETTINGS)("%s", async (_name, setting) => {
    const compiled = unrollerOf(await openNamedEngine("reference"), setting);
    const { parameters } = setting.problem;
    const start = initialise(parameters, 2);
    const learned = someLearned(setting.method, parameters) as Record<string, Record<string, Float64Array>>;
    const run = (theta: Leaves<HostArray>, values: LearnedValues): Hypergradient => {
      compiled.rule.start(theta, values);
      return compiled.hypergradient(windowOf(setting, values));
    };
    const exact = run(start, learned);
    const h = 1e-6; // no larger: a kink of a ReLU within h would show as a jump
    const slope = (loss: (by: number) => number): number => (loss(h) - loss(-h)) / (2 * h);
    const at = (values: Float64Array, i: number, by: number): Float64Array =>
      values.map((x, j) => (j === i ? x + by : x));
    for (const [name, symbols] of Object.entries(learned)) {
      for (const [symbol, values] of Object.entries(symbols)) {
        const chosen = places(values.length);
        const numeric = chosen.map((i) =>
          slope((by) => run(start, { ...learned, [name]: { ...symbols, [symbol]: at(values, i, by) } }).outerLoss),
        );
        const found = chosen.map((i) => exact.learned[name]![symbol]![i]!);
        const scale = Math.max(...exact.learned[name]![symbol]!.map(Math.abs));
        for (const [i, value] of numeric.entries())
          expect(Math.abs(found[i]! - value) / scale, `${name} ${symbol} ${found[i]} ${value}`).toBeLessThan(1e-5);
      }
      const chosen = places(start[name]!.length);
      const numeric = chosen.map((i) =>
        slope((by) => run({ ...start, [name]: at(start[name]!, i, by) }, learned).outerLoss),
      );
      const scale = Math.max(...exact.start![name]!.map(Math.abs));
      for (const [i, value] of numeric.entries())
        expect(Math.abs(exact.start![name]![chosen[i]!]! - value) / scale).toBeLessThan(1e-5);
    }
    compiled.dispose();
  });
});

test("a window of one step is exact without a Hessian", async () => {
  const setting = SETTINGS[0]![1];
  const compiled = unrollerOf(await openNamedEngine("reference"), setting);
  const learned = someLearned(setting.method, setting.problem.parameters);
  const run = (more: Partial<Window>): Hypergradient => {
    compiled.rule.start(initialise(setting.problem.parameters, 2), learned);
    return compiled.hypergradient(windowOf(setting, learned, { steps: 1, start: false, ...more }));
  };
  expect(run({ firstOrder: true })).toEqual(run({}));
  expect(run({}).start).toBeUndefined();
  compiled.dispose();
});

test("a window's cost is what it says it is", () => {
  expect(windowCost({ steps: 5, firstOrder: true, start: true })).toBe(11);
  expect(windowCost({ steps: 5, firstOrder: false, start: false })).toBe(15);
  expect(windowCost({ steps: 5, firstOrder: false, start: true })).toBe(16);
});

await eachEngine(({ use }) => {
  drill.each(SETTINGS)("%s agrees with the reference", async (_name, setting) => {
    const learned = someLearned(setting.method, setting.problem.parameters);
    const run = (engine: Engine): Hypergradient => {
      const compiled = unrollerOf(engine, setting);
      compiled.rule.start(initialise(setting.problem.parameters, 2), learned);
      const result = compiled.hypergradient(windowOf(setting, learned));
      compiled.dispose();
      return result;
    };
    const expected = run(await openNamedEngine("reference"));
    const actual = run(await use());
    for (const [parameter, symbols] of Object.entries(expected.learned)) {
      for (const [symbol, values] of Object.entries(symbols))
        closeTo(actual.learned[parameter]![symbol]!, values, 1e-3);
      closeTo(actual.start![parameter]!, expected.start![parameter]!, 1e-3);
    }
  });

  test("no tensor is left behind", async () => {
    const engine = await use();
    const before = tensorCount();
    const [, setting] = SETTINGS.find(([name]) => name === "meta_curvature, MLP")!;
    const compiled = unrollerOf(engine, setting);
    const learned = someLearned("meta_curvature", smallMlp.parameters);
    compiled.rule.start(initialise(smallMlp.parameters, 2), learned);
    compiled.hypergradient(windowOf(setting, learned));
    compiled.dispose();
    expect(tensorCount()).toBe(before);
  });
});
