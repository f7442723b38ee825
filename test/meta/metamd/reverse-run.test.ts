import { describe, expect, test } from "vitest";
import { dot } from "../../../src/core/linear/vectors.js";
import { map } from "../../../src/core/tree.js";
import type { Engine } from "../../../src/engine/engine.js";
import { tensorCount, tensorFrom } from "../../../src/engine/memory.js";
import { openNamedEngine } from "../../../src/engine/open.js";
import { matMul, mul, square, sub, sum } from "../../../src/engine/ops.js";
import { direct, type BlockGradient } from "../../../src/meta/metamd/hypergradient.js";
import { bregman, type Matrix } from "../../../src/meta/metamd/kronecker.js";
import { runReverser, type InnerTrajectory } from "../../../src/meta/metamd/reverse-run.js";
import { differenceMatrix } from "../../../src/meta/metamd/stored-matrix.js";
import type { Batch, Problem } from "../../../src/training/problem.js";
import { eachEngine } from "../../support/engines.js";
import { closeTo, centralDifferences } from "../../support/numbers.js";
import { randomBatch, smallBatchNorm, smallMlp, tinyConvolution } from "../../support/problems.js";
import { everything } from "../../support/require.js";
import { innerRuns, someBlocks, type Blocks, type InnerRuns } from "../../support/trajectories.js";

const SIZE = 4;
const STEPS = everything ? [1, 3, 12] : [1, 3];
const NETS = {
  MLP: [smallMlp, 4],
  convolutions: [tinyConvolution, 3],
  "batch normalisation": [smallBatchNorm, 3],
} as const;

const displacements = ({ thetas }: InnerTrajectory, { views }: InnerRuns): Record<string, Matrix> =>
  map((view, name) => differenceMatrix(thetas[0]![name]!, thetas.at(-1)![name]!, view), views);

/** "fc1.weight/a" and so on. */
const vectors = (gradient: Readonly<Record<string, BlockGradient>>): Record<string, Float64Array> =>
  Object.fromEntries(
    Object.entries(gradient).flatMap(([name, { a, b }]) => [
      [`${name}/a`, a],
      [`${name}/b`, b],
    ]),
  );
const blocksFrom = (inputs: Readonly<Record<string, Float64Array>>, blocks: Blocks): Blocks =>
  map((_block, name) => ({ a: inputs[`${name}/a`]!, b: inputs[`${name}/b`]! }), blocks);

async function exact(
  engine: Engine,
  problem: Problem,
  runs: InnerRuns,
  trajectory: InnerTrajectory,
  learningRate: number,
  normalise = false,
): Promise<Record<string, Float64Array>> {
  const reverser = runReverser(engine, problem, runs.views, [SIZE]);
  const gradient = await reverser.hypergradient(trajectory, { learningRate, normalise });
  reverser.dispose();
  return vectors(gradient);
}

describe("the exact hypergradient is the central difference of the divergence after whole runs", () => {
  const cases = Object.entries(NETS).flatMap(([net, [problem, classes]]) =>
    STEPS.flatMap((steps) => [false, true].map((normalise) => ({ net, problem, classes, steps, normalise }))),
  );
  test.each(cases)("$net, T = $steps, normalised $normalise", async ({ problem, classes, steps, normalise }) => {
    const engine = await openNamedEngine("reference");
    const runs = innerRuns(engine, problem, SIZE, (t) => randomBatch(problem, SIZE, classes, t));
    const blocks = someBlocks(problem);
    const trajectory = runs.run(blocks, steps, 0.2);
    // The weights are constants of the objective, taken where it is differentiated.
    const weights = map((d) => (normalise ? 1 / dot(d.values, d.values) : 1), displacements(trajectory, runs));
    const objective = (inputs: Readonly<Record<string, Float64Array>>): number => {
      const moved = blocksFrom(inputs, blocks);
      const ends = displacements(runs.run(moved, steps, 0.2), runs);
      return Object.entries(moved).reduce(
        (all, [name, block]) => all + weights[name]! * bregman(block, ends[name]!),
        0,
      );
    };
    const found = await exact(engine, problem, runs, trajectory, 0.2, normalise);
    const expected = centralDifferences(objective, vectors(blocks), 1e-6);
    runs.dispose();
    for (const [name, values] of Object.entries(expected)) closeTo(found[name]!, values, 2e-6);
  });
});

await eachEngine(({ name, use }) => {
  test.each(Object.entries(NETS))(
    "one step of %s is what Algorithm 2 says: minus the direct gradient",
    async (_net, [problem, classes]) => {
      const engine = await use();
      const runs = innerRuns(engine, problem, SIZE, (t) => randomBatch(problem, SIZE, classes, t));
      const blocks = someBlocks(problem);
      const trajectory = runs.run(blocks, 1, 0.2);
      const found = await exact(engine, problem, runs, trajectory, 0.2);
      const straight = vectors(map((d, block) => direct(blocks[block]!, d), displacements(trajectory, runs)));
      runs.dispose();
      for (const [vector, values] of Object.entries(straight))
        closeTo(
          found[vector]!,
          values.map((x) => -x),
          1e-12,
        );
    },
  );

  test.each(Object.entries(NETS))("%s agrees with the reference", async (_net, [problem, classes]) => {
    const gradient = async (engine: Engine): Promise<Record<string, Float64Array>> => {
      const runs = innerRuns(engine, problem, SIZE, (t) => randomBatch(problem, SIZE, classes, t));
      const found = await exact(engine, problem, runs, runs.run(someBlocks(problem), 5, 0.2), 0.2);
      runs.dispose();
      return found;
    };
    const expected = await gradient(await openNamedEngine("reference"));
    const actual = await gradient(await use());
    for (const [vector, values] of Object.entries(expected))
      closeTo(actual[vector]!, values, name === "reference" ? 0 : 1e-3);
  });

  test("no tensor is left behind", async () => {
    const engine = await use();
    const before = tensorCount();
    const runs = innerRuns(engine, smallMlp, SIZE, (t) => randomBatch(smallMlp, SIZE, 4, t));
    await exact(engine, smallMlp, runs, runs.run(someBlocks(smallMlp), 3, 0.2), 0.2);
    runs.dispose();
    expect(tensorCount()).toBe(before);
  });
});

/** ½ |XWᵀ − Y|² of three examples with six inputs and two outputs: many W fit. */
const X = Float64Array.from({ length: 18 }, (_unused, i) => Math.sin(1.7 * i + 0.3));
const Y = Float64Array.from({ length: 6 }, (_unused, i) => Math.cos(2.3 * i));
const underdetermined: Problem = {
  parameters: {
    w: {
      shape: [2, 6],
      initialise: { kind: "uniform", bound: 0.3 },
      matrix: { rows: 2, columns: 6, rowsFirst: true },
      head: false,
    },
  },
  feeds: () => ({}),
  loss: ({ w }) => {
    const x = tensorFrom(X, { shape: [3, 6], dtype: "float32" });
    const y = tensorFrom(Y, { shape: [3, 2], dtype: "float32" });
    return sum(mul(square(sub(matMul(x, w!, false, true), y)), 0.5));
  },
  evaluate: () => ({}),
};

test("where a run converges to the nearest solution, the true derivative is the direct one", async () => {
  const engine = await openNamedEngine("reference");
  const whole: Batch = { size: SIZE, feeds: {} };
  const runs = innerRuns(engine, underdetermined, SIZE, () => whole);
  const blocks = someBlocks(underdetermined);
  const at = async (steps: number) => {
    const trajectory = runs.run(blocks, steps, 0.1);
    const found = await exact(engine, underdetermined, runs, trajectory, 0.1);
    return { found, straight: direct(blocks.w!, displacements(trajectory, runs).w!) };
  };
  const end = await at(1500);
  closeTo(end.found["w/a"]!, end.straight.a, 1e-8);
  closeTo(end.found["w/b"]!, end.straight.b, 1e-8);
  const begin = await at(1);
  closeTo(
    begin.found["w/a"]!,
    begin.straight.a.map((x) => -x),
    1e-12,
  );
  runs.dispose();
});
