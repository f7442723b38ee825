import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { UserError } from "../../../src/core/errors.js";
import { hostArray, tensorFrom, tidy } from "../../../src/engine/memory.js";
import { openNamedEngine } from "../../../src/engine/open.js";
import { mul, sum } from "../../../src/engine/ops.js";
import { createOptimiser, untrained } from "../../../src/optimisers/index.js";
import { groupOf, initialNetworks, preprocess, weightShapes } from "../../../src/optimisers/l2o/network.js";
import type { LearnedValues } from "../../../src/optimisers/optimiser.js";
import { initialise } from "../../../src/models/initialise.js";
import type { Problem } from "../../../src/training/problem.js";
import { eachEngine } from "../../support/engines.js";
import { descendingNetworks, goldenNetwork } from "../../support/l2o.js";
import { closeTo } from "../../support/numbers.js";
import { programOf, randomBatch, smallLenet, smallMlp } from "../../support/problems.js";
import { drill } from "../../support/require.js";

interface Golden {
  readonly preprocess: { p: number; g: number[]; logarithm: number[]; sign: number[] };
  readonly firstRowOfWeights1: number[];
  readonly updates: { g: number[]; forgetBias1: number[]; forgetBias0: number[]; h2: number[] };
}
const golden = JSON.parse(readFileSync(new URL("../../golden/l2o.json", import.meta.url), "utf8")) as Golden;

/** One parameter whose gradient is the batch's number. */
const given: Problem = {
  parameters: { w: { shape: [1], initialise: { kind: "constant", value: 0 }, head: false } },
  feeds: () => ({ g: { shape: [1], dtype: "float32" } }),
  loss: ({ w }, { g }) => sum(mul(w!, g!)),
  evaluate: () => ({}),
};
const PLAIN = { learningRate: 1, weightDecay: 0 };

test("the network of the check values is the one that they were made with", () => {
  closeTo(goldenNetwork().weights1!.slice(0, 4), golden.firstRowOfWeights1, 1e-9);
});

await eachEngine(({ name, use, tolerance }) => {
  test("check values of the preprocessing", async () => {
    await use();
    const { p, g, logarithm, sign } = golden.preprocess;
    tidy(() => {
      const row = tensorFrom(Float64Array.from(g), { shape: [1, g.length], dtype: "float32" });
      const x = preprocess(row, tensorFrom(Float64Array.of(p), { shape: [1], dtype: "float32" }));
      expect(x.shape).toEqual([1, 2, g.length]);
      closeTo(hostArray(x), [...logarithm, ...sign], tolerance);
      return [];
    });
  });

  test.each([
    ["1", 0, golden.updates.forgetBias1],
    ["0", -1, golden.updates.forgetBias0],
  ])("check values of three steps, forget bias %s", async (_name, offset, updates) => {
    const network = goldenNetwork();
    for (const bias of [network.bias1!, network.bias2!]) for (const f of [4, 5]) bias[f]! += offset;
    const program = programOf(await use(), "l2o", given, [1], {}, { linear: network });
    program.start({ w: new Float64Array(1) });
    let before = 0;
    for (const [index, g] of golden.updates.g.entries()) {
      program.step({ size: 1, feeds: { g: Float64Array.of(g) } }, index + 1, PLAIN);
      const [after] = program.theta().w!;
      if (name === "reference") expect(after! - before).toBeCloseTo(updates[index]!, 12);
      else closeTo([after! - before], [updates[index]!], tolerance);
      before = after!;
    }
    if (offset === 0)
      closeTo(program.read()["optimiser/memory/w/0/h2"]!, golden.updates.h2, Math.max(tolerance, 1e-10));
    program.dispose();
  });

  test("gradients of any size give finite steps", async () => {
    const program = programOf(await use(), "l2o", given, [1], {}, untrained("l2o", given.parameters));
    program.start({ w: new Float64Array(1) });
    for (const [index, g] of [0, -0, 1e-45, 1e-30, -1e30].entries()) {
      program.step({ size: 1, feeds: { g: Float64Array.of(g) } }, index + 1, PLAIN);
      for (const values of Object.values(program.read())) expect([...values].every(Number.isFinite)).toBe(true);
    }
    program.dispose();
  });

  test("chunks change nothing", async () => {
    const engine = await use();
    const run = (chunk: number): Record<string, ArrayLike<number>> => {
      const learned = untrained("l2o", smallMlp.parameters);
      const program = programOf(engine, "l2o", smallMlp, [6], { chunk }, learned);
      program.start(initialise(smallMlp.parameters, 1));
      for (let t = 1; t <= 3; t++)
        program.step(randomBatch(smallMlp, 6, 4, t), t, { learningRate: 0.1, weightDecay: 0.1 });
      const theta = program.theta();
      program.dispose();
      return theta;
    };
    const [whole, cut] = [run(1000), run(5)];
    for (const [parameter, values] of Object.entries(whole))
      closeTo(cut[parameter]!, values, name === "reference" ? 1e-12 : 1e-5);
  });
});

describe("networks", () => {
  test("kernels have one of their own, biases and linear weights share the other", () => {
    expect(Object.keys(untrained("l2o", smallMlp.parameters))).toEqual(["linear"]);
    expect(Object.keys(untrained("l2o", smallLenet.parameters))).toEqual(["convolution", "linear"]);
    const groups = Object.entries(smallLenet.parameters).map(([name, spec]) => [name, groupOf(spec)]);
    expect(groups.filter(([, group]) => group === "convolution").map(([name]) => name)).toEqual([
      "conv1.weight",
      "conv2.weight",
    ]);
  });

  drill("each moves its own parameters only", async () => {
    const engine = await openNamedEngine("reference");
    const start = initialise(smallLenet.parameters, 1);
    const still = (group: string): LearnedValues => {
      const networks = descendingNetworks(smallLenet.parameters, 20);
      return { ...networks, [group]: { ...networks[group], outputWeights: new Float64Array(20) } };
    };
    const program = programOf(engine, "l2o", smallLenet, [2], {}, still("linear"));
    const movedBy = (group: string): string[] => {
      program.start(start, still(group));
      program.step(randomBatch(smallLenet, 2, 10), 1, PLAIN);
      const theta = program.theta();
      return Object.keys(start).filter((name) => theta[name]!.some((value, i) => value !== start[name]![i]));
    };
    const kernels = ["conv1.weight", "conv2.weight"];
    expect(movedBy("linear")).toEqual(kernels);
    expect(movedBy("convolution")).toEqual(Object.keys(start).filter((name) => !kernels.includes(name)));
    program.dispose();
  });

  test("one that is missing is named", () => {
    const { parameters } = smallLenet;
    const { linear } = untrained("l2o", parameters);
    const create = (): unknown => createOptimiser("l2o", {}, { parameters, learned: { linear: linear! } });
    expect(create).toThrow(UserError);
    expect(create).toThrow("no values given for convolution");
  });

  test("initial weights: by seed, cut off at two standard deviations of 1/√rows, biases zero", () => {
    const preprocessing = { p: 10, scale: 0.1 };
    const { linear, convolution } = initialNetworks(smallLenet.parameters, 7, preprocessing);
    expect(initialNetworks(smallLenet.parameters, 7, preprocessing).linear).toEqual(linear);
    expect(initialNetworks(smallLenet.parameters, 8, preprocessing).linear).not.toEqual(linear);
    expect(convolution!.weights1).not.toEqual(linear!.weights1);
    for (const [symbol, shape] of Object.entries(weightShapes(20))) {
      const values = linear![symbol]!;
      if (!symbol.toLowerCase().includes("weights")) expect(values.every((value) => value === 0)).toBe(true);
      else {
        const largest = Math.max(...values.map(Math.abs));
        expect(largest).toBeLessThanOrEqual(2 / Math.sqrt(shape[0]!));
        expect(largest).toBeGreaterThan(1 / Math.sqrt(shape[0]!));
      }
    }
  });
});
