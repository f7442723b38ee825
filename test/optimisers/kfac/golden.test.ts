import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { map, type Leaves } from "../../../src/core/tree.js";
import type { HostArray } from "../../../src/engine/host.js";
import { hostArray, tensorCount, tensorFrom, tidy } from "../../../src/engine/memory.js";
import { diagonal, mean, mul, sum, type Tensor } from "../../../src/engine/ops.js";
import { blend, blocksOf, identity, type Pair } from "../../../src/optimisers/kfac/factors.js";
import { eigen, tikhonov } from "../../../src/optimisers/kfac/inverses.js";
import type { Batch, Problem } from "../../../src/training/problem.js";
import { supervised } from "../../../src/training/supervised.js";
import { gradients, type Gradients } from "../../../src/training/gradients.js";
import { eachEngine } from "../../support/engines.js";
import { linearModel, squaredConvolution } from "../../support/layer-problems.js";
import { closeTo } from "../../support/numbers.js";
import { programOf } from "../../support/problems.js";

interface Step extends Leaves<number[] | number> {
  readonly loss: number;
  readonly nu: number;
}
const golden = JSON.parse(readFileSync(new URL("../../golden/kfac.json", import.meta.url), "utf8")) as {
  linear: Readonly<Record<"start" | "gradient", Leaves<number[]>>> &
    Readonly<Record<"batchFactors" | "factors", Pair<number[]>>> &
    Readonly<Record<"eigen" | "tikhonov" | "labels", number[]>> &
    Readonly<Record<"damping" | "learningRate" | "klClip" | "q" | "pi", number>> & {
      inputs: number[][];
      steps: Step[];
    };
  convolution: Readonly<Record<"omegaFirstRow" | "gamma", number[]>> &
    Readonly<Record<"images" | "kernels", number[][][]>> &
    Readonly<Record<"loss" | "omegaLast", number>> & { gradient: number[][] };
};
const { linear, convolution } = golden;

const problem = supervised(linearModel(2, 2));
const batch: Batch = {
  size: 3,
  feeds: { images: Float64Array.from(linear.inputs.flat()), labels: Int32Array.from(linear.labels) },
};
const start = map((values) => Float64Array.from(values), linear.start);

const tensorsOf = (of: Problem, theta: Leaves<HostArray>): Record<string, Tensor> =>
  map((values, name) => tensorFrom(values, { shape: of.parameters[name]!.shape, dtype: "float32" }), theta);
const feedsOf = (of: Problem, { size, feeds }: Batch): Record<string, Tensor> =>
  map((spec, name) => tensorFrom(feeds[name]!, spec), of.feeds(size));

/** Everything of a step before its rule, on the open engine. */
const atTheta = (of: Problem, theta: Leaves<HostArray>, on: Batch): Gradients =>
  gradients(of, { theta: tensorsOf(of, theta) }, feedsOf(of, on), on.size, "given targets");

await eachEngine(({ tolerance, use }) => {
  const near = (actual: Tensor, expected: readonly number[]): void => closeTo(hostArray(actual), expected, tolerance);

  test("a linear layer: loss, gradients, factors", async () => {
    await use();
    const before = tensorCount();
    tidy(() => {
      const { value, grads, layers } = atTheta(problem, start, batch);
      near(value, [linear.steps[0]!.loss]);
      for (const [name, gradient] of Object.entries(linear.gradient)) near(grads[name]!, gradient);
      const { a, g } = blocksOf(problem.layers!, problem.parameters).fc!.factors(layers!.fc!);
      near(a, linear.batchFactors.a);
      near(g, linear.batchFactors.g);
      return [];
    });
    expect(tensorCount()).toBe(before);
  });

  test.each([
    ["eigen", eigen],
    ["tikhonov", tikhonov],
  ] as const)("a linear layer: V with the inverse %s", async (kind, inversion) => {
    await use();
    tidy(() => {
      const { grads, layers } = atTheta(problem, start, batch);
      const block = blocksOf(problem.layers!, problem.parameters).fc!;
      const factors = blend(0.95, { a: identity(3), g: identity(2) }, block.factors(layers!.fc!));
      near(factors.a, linear.factors.a);
      near(factors.g, linear.factors.g);
      const v = inversion.apply(inversion.prepare(factors, linear.damping, true), block.join(grads), true);
      near(v, linear[kind]);
      if (kind === "eigen") {
        const product = hostArray(sum(mul(v, block.join(grads))))[0]!;
        closeTo([linear.learningRate ** 2 * product], [linear.q], tolerance);
      } else {
        const [traceA, traceG] = [hostArray(mean(diagonal(factors.a))), hostArray(mean(diagonal(factors.g)))];
        closeTo([Math.sqrt(traceA[0]! / traceG[0]!)], [linear.pi], tolerance);
      }
      return [];
    });
  });

  test("a linear layer: loss, ν, W and b over three steps", async () => {
    const settings = {
      damping: linear.damping,
      klClip: linear.klClip,
      factorEvery: 1,
      inverseEvery: 1,
      fisher: "empirical",
    };
    const program = programOf(await use(), "kfac", problem, [3], settings);
    program.start(start);
    const scalars = { learningRate: linear.learningRate, weightDecay: 0 };
    for (const [index, expected] of linear.steps.entries()) {
      const before = program.read();
      const loss = program.step(batch, index + 1, scalars);
      const after = program.read();
      closeTo([loss], [expected.loss], tolerance);
      tidy(() => {
        const theta = map((_spec, name) => before[`theta/${name}`]!, problem.parameters);
        const { grads } = atTheta(problem, theta, batch);
        const state = (path: string, ...shape: number[]): Tensor =>
          tensorFrom(after[`optimiser/inverses/fc/${path}`]!, { shape, dtype: "float32" });
        const prepared = { a: state("a", 3, 3), g: state("g", 2, 2), denominators: state("denominators", 2, 3) };
        const block = blocksOf(problem.layers!, problem.parameters).fc!;
        const v = block.split(eigen.apply(prepared, block.join(grads), true));
        const velocity = "optimiser/velocity/fc.weight";
        const moved = after[velocity]!.map((value, i) => value - 0.9 * before[velocity]![i]!);
        closeTo(
          moved,
          hostArray(v["fc.weight"]!).map((value) => value * expected.nu),
          tolerance * 3,
        );
        return [];
      });
      for (const name of Object.keys(start)) closeTo(after[`theta/${name}`]!, expected[name] as number[], tolerance);
    }
    program.dispose();
  });

  test("a convolution: loss, Ω, Γ and the gradient", async () => {
    await use();
    const before = tensorCount();
    tidy(() => {
      const images = Float64Array.from(convolution.images.flat(2));
      // [out][kh][kw] there, [kh, kw, in = 1, out] here.
      const kernel = Float64Array.from({ length: 8 }, (_, i) => convolution.kernels[i % 2]!.flat()[i >> 1]!);
      const theta = { "conv.weight": kernel, "conv.bias": new Float64Array(2) };
      const { value, grads, layers } = atTheta(squaredConvolution, theta, { size: 2, feeds: { images } });
      near(value, [convolution.loss]);
      const { a, g } = blocksOf(squaredConvolution.layers!, squaredConvolution.parameters).conv!.factors(layers!.conv!);
      closeTo(hostArray(a).subarray(0, 5), convolution.omegaFirstRow, tolerance);
      closeTo(hostArray(a).subarray(24), [convolution.omegaLast], tolerance);
      near(g, convolution.gamma);
      const gradient = hostArray(grads["conv.weight"]!);
      for (const [out, expected] of convolution.gradient.entries())
        closeTo(
          gradient.filter((_value: number, i: number) => i % 2 === out),
          expected,
          tolerance,
        );
      return [];
    });
    expect(tensorCount()).toBe(before);
  });
});
