import { expect, test } from "vitest";
import { map } from "../../src/core/tree.js";
import { valueAndGradOfIntermediates } from "../../src/engine/grad.js";
import { hostArray, tensorCount, tensorFrom, tidy } from "../../src/engine/memory.js";
import { div, matMul, mul, patches, reshape, square, sum, transpose } from "../../src/engine/ops.js";
import { initialise } from "../../src/models/initialise.js";
import { gradients, noiseSpec } from "../../src/training/gradients.js";
import { eachEngine } from "../support/engines.js";
import { closeTo } from "../support/numbers.js";
import { p0, randomBatch, smallLenet, smallMlp } from "../support/problems.js";

const PROBLEMS = { MLP: { problem: smallMlp, classes: 4 }, LeNet: { problem: smallLenet, classes: 10 } };

await eachEngine(({ tolerance, use }) => {
  test.each(Object.entries(PROBLEMS))(
    "%s: inputs and output gradients make up every weight's gradient",
    async (_name, it) => {
      await use();
      const { problem, classes } = it;
      const before = tensorCount();
      tidy(() => {
        const start = initialise(problem.parameters, 1);
        const theta = map(
          ({ shape }, name) => tensorFrom(start[name]!, { shape, dtype: "float32" }),
          problem.parameters,
        );
        const batch = randomBatch(problem, 3, classes);
        const feeds = map((spec, name) => tensorFrom(batch.feeds[name]!, spec), problem.feeds(3));
        const plain = gradients(problem, { theta }, feeds, 3, undefined);
        const { value, grads, layers } = gradients(problem, { theta }, feeds, 3, "given targets");
        expect(plain.layers).toBe(undefined);
        expect(hostArray(value)).toEqual(hostArray(plain.value));
        for (const name of Object.keys(theta)) expect(hostArray(grads[name]!)).toEqual(hostArray(plain.grads[name]!));
        expect(Object.keys(layers!).sort()).toEqual(Object.keys(problem.layers!).sort());
        const weights = Object.values(problem.layers!).flatMap(({ weight, bias }) => [weight, bias]);
        expect(weights.sort()).toEqual(Object.keys(problem.parameters).sort());
        for (const [name, layer] of Object.entries(problem.layers!)) {
          const { input, outputGradient } = layers![name]!;
          const { shape } = problem.parameters[layer.weight]!;
          const g = reshape(outputGradient, [-1, outputGradient.shape.at(-1)!]);
          const x = layer.kind === "linear" ? input : patches(input, [shape[0]!, shape[1]!], layer.window);
          const product = div(matMul(reshape(x, [-1, x.shape.at(-1)!]), g, true), 3); // in × out
          const weight = layer.kind === "linear" ? transpose(product) : product;
          closeTo(hostArray(weight), hostArray(grads[layer.weight]!), tolerance * 10);
          closeTo(hostArray(div(sum(g, [0]), 3)), hostArray(grads[layer.bias!]!), tolerance * 10);
        }
        return [];
      });
      expect(tensorCount()).toBe(before);
    },
  );

  test("the gradient of an intermediate, and an error where nothing depends on it", async () => {
    await use();
    const before = tensorCount();
    tidy(() => {
      const x = tensorFrom(Float64Array.of(1, 2), { shape: [2], dtype: "float32" });
      const result = valueAndGradOfIntermediates(
        ({ at }, ask) => {
          const doubled = mul(at!, 2);
          ask.value("square", square(at!));
          ask.gradient("doubled", doubled);
          return sum(square(doubled));
        },
        { at: x },
      );
      expect([...hostArray(result.value)]).toEqual([20]);
      expect([...hostArray(result.grads.at!)]).toEqual([8, 16]);
      expect([...hostArray(result.values.square!)]).toEqual([1, 4]);
      expect([...hostArray(result.gradients.doubled!)]).toEqual([4, 8]);
      const astray = (): unknown =>
        valueAndGradOfIntermediates(
          ({ at }, ask) => {
            ask.gradient("aside", mul(at!, 3));
            return sum(at!);
          },
          { at: x },
        );
      expect(astray).toThrow("does not depend on aside");
      return [];
    });
    expect(tensorCount()).toBe(before);
  });
});

test("a problem without likelihood has no targets to sample", () => {
  expect(() => noiseSpec(p0, "sampled targets", 1)).toThrow("only where the loss is a likelihood");
});
