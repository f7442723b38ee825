import { describe, expect, test } from "vitest";
import type { BatchRecipe } from "../../src/data/index.js";
import type { Engine } from "../../src/engine/engine.js";
import { initialise } from "../../src/models/initialise.js";
import { METHOD_IDS, type MethodId } from "../../src/optimisers/index.js";
import { madeUpSplit } from "../../src/runs/plan/made-up.js";
import { imageBatches, placedBatches, heldImages } from "../../src/training/images.js";
import type { Batches, Problem } from "../../src/training/problem.js";
import { eachEngine } from "../support/engines.js";
import { programOf, smallMlp, tinyConvolution } from "../support/problems.js";

const STEPS = 9;
const recipeOf = (height: number, channels: number, classes: number): BatchRecipe => ({
  split: madeUpSplit({ height, width: height, channels }, classes, 40),
  normalisation: { mean: [0.3, 0.7].slice(0, channels), std: [0.17, 0.4].slice(0, channels) },
  batchSize: 9,
  shuffle: { seed: 3, lastBatch: "partial" },
  only: Int32Array.from({ length: 31 }, (_unused, i) => 39 - i),
});
const PROBLEMS = {
  MLP: { problem: smallMlp, recipe: recipeOf(3, 1, 4) },
  "convolutional net": { problem: tinyConvolution, recipe: recipeOf(6, 2, 3) },
};

/** What a run comes to: its losses, and its whole state at the end. */
function trained(engine: Engine, method: MethodId, problem: Problem, batches: Batches, images?: Float32Array): object {
  const program = programOf(engine, method, problem, batches.sizes, {}, undefined, images && ["images"]);
  // It may hold others, more or fewer, before.
  for (const held of images === undefined ? [] : [images.subarray(0, 0), images.subarray(images.length / 2), images])
    program.hold("images", held);
  program.start(initialise(problem.parameters, 1));
  const scalars = { learningRate: 0.01, weightDecay: 1e-3, seed: 5 };
  const losses = Array.from({ length: STEPS }, (_unused, i) => program.step(batches.at(i + 1), i + 1, scalars));
  const state = program.read();
  program.dispose();
  return { losses, state };
}

await eachEngine(({ use }) => {
  describe.each(Object.entries(PROBLEMS))("of the %s", (_name, { problem, recipe }) => {
    test.each(METHOD_IDS)("%s computes the same, bit by bit, where the program holds all images", async (method) => {
      const engine = await use();
      const held = trained(engine, method, problem, placedBatches(recipe), heldImages(recipe));
      expect(held).toEqual(trained(engine, method, problem, imageBatches(recipe)));
    });
  });
});
