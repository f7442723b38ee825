import { once } from "node:events";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { expect } from "vitest";
import { Interrupted } from "../../../src/core/errors.js";
import { loadConfig } from "../../../src/config/load.js";
import { openNamedEngine } from "../../../src/engine/open.js";
import { configWriter } from "../../config/fixtures.js";
import { scratchFolder } from "../../support/folder.js";
import { drill } from "../../support/require.js";
import { runHere } from "../../support/runs.js";

const folder = scratchFolder();
const write = configWriter(folder);
/** Batches large enough to be prepared in a thread. */
const TEXT = `name: augmented
suite:
  domains: [synthetic-rotated/0]
  protocol: { metaTest: [synthetic-rotated/0] }
  augmentation: { metaTest: { crop: 2, flip: true } }
  limits: { trainImages: 250, validationImages: 30, testImages: 40 }
model: { kind: mlp, hidden: [6] }
training: { batchSize: 100, steps: 300, aucWindowSteps: 2 }
methods: [sgd]
tuning: { seeds: 1, space: { learningRate: [0.1], weightDecay: [0] } }
trials: 1
`;
const started: Worker[] = [];
process.on("worker", (worker) => started.push(worker));

/** Runs everything in a results folder. @param stopAt training steps after which it is stopped.
 *  @returns the losses and the accuracy of every run. */
async function run(text: string, results: string, stopAt?: number): Promise<unknown[]> {
  const config = loadConfig({ config: write(text) });
  const { plan, store } = await runHere(config, await openNamedEngine("wasm"), join(folder, results), stopAt);
  return plan.cells.map(({ id }) => [store.read(id).metrics, store.curve(id).map(({ trainLoss }) => trainLoss)]);
}

drill("augmented runs, stopped in the middle and gone on, are bit by bit those of an uninterrupted one", async () => {
  const whole = await run(TEXT, "whole");
  await expect(run(TEXT, "stopped", 20)).rejects.toThrow(Interrupted);
  expect(await run(TEXT, "stopped")).toEqual(whole);
  const plain = await run(TEXT.replace("crop: 2, flip: true", "crop: 0"), "plain");
  expect(plain).not.toEqual(whole);
  await new Promise((resolve) => setImmediate(resolve));
  // One for each of the first three executors; without changes the batches are too small for one. All four give signs of
  // life from one, and write from another.
  expect(started).toHaveLength(3 + 4 + 4);
  // They end by themselves: one that was left running would hold the test up.
  await Promise.all(started.map((worker) => (worker.threadId === -1 ? undefined : once(worker, "exit"))));
});
