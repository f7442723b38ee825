import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig } from "../../../src/config/load.js";
import { Interrupted } from "../../../src/core/errors.js";
import type { Engine } from "../../../src/engine/engine.js";
import { openNamedEngine } from "../../../src/engine/open.js";
import { configWriter } from "../../config/fixtures.js";
import { scratchFolder } from "../../support/folder.js";
import { drill } from "../../support/require.js";
import { runHere } from "../../support/runs.js";

const folder = scratchFolder();
const write = configWriter(folder);
const TEXT = `name: held
suite:
  domains: [synthetic-rotated/0, synthetic-rotated/15]
  protocol: { metaTest: [synthetic-rotated/0, synthetic-rotated/15] }
  limits: { trainImages: 250, validationImages: 30, testImages: 40 }
model: { kind: mlp, hidden: [6] }
training: { batchSize: 32, steps: 30, lastBatch: partial, aucWindowSteps: 2 }
methods: [sgd, adam]
tuning: { seeds: 1, space: { learningRate: [0.1, 0.01], weightDecay: [0] } }
trials: 1
`;
/** Of the images for training and for validation, which trials train on together. */
const BYTES = 280 * 28 * 28 * Float32Array.BYTES_PER_ELEMENT;
const wasm = await openNamedEngine("wasm");

/** Runs everything in a results folder. @param heldBytes that the engine seems to have.
 *  @param stopAt training steps after which it is stopped.
 *  @returns the losses and the accuracy of every run, and how many programs hold images. */
async function run(
  text: string,
  results: string,
  heldBytes: number | undefined,
  stopAt?: number,
): Promise<{ runs: unknown[]; held: number }> {
  let held = 0;
  const compile: Engine["compile"] = (definition) => {
    if (definition.held !== undefined) held++;
    return wasm.compile(definition);
  };
  const engine = { ...wasm, ...(heldBytes !== undefined && { heldBytes }), compile };
  const config = loadConfig({ config: write(text) });
  const { plan, store } = await runHere(config, engine, join(folder, results), stopAt);
  const runs = plan.cells.map(({ id }) => [store.read(id).metrics, store.curve(id).map(({ trainLoss }) => trainLoss)]);
  return { runs, held };
}

test("runs whose images lie in the program are bit by bit those whose batches are sent, also where they were stopped", async () => {
  const sent = await run(TEXT, "sent", undefined);
  expect(sent.held).toBe(0);
  const held = await run(TEXT, "held", BYTES);
  expect(held.runs).toEqual(sent.runs);
  // Of each method one for tuning and one for trials, whose last batches are of other sizes.
  expect(held.held).toBe(2 * 2);
  await expect(run(TEXT, "stopped", BYTES, 20)).rejects.toThrow(Interrupted);
  expect((await run(TEXT, "stopped", BYTES)).runs).toEqual(sent.runs);
});

drill("images that are too many, changed at random or hardly shown are sent", async () => {
  expect((await run(TEXT, "many", BYTES / 2)).held).toBe(0);
  const changed = TEXT.replace("  limits:", "  augmentation: { metaTest: { crop: 2, flip: true } }\n  limits:");
  expect((await run(changed, "changed", BYTES)).held).toBe(0);
  expect((await run(TEXT.replace("steps: 30", "steps: 7"), "short", BYTES)).held).toBe(0);
});
