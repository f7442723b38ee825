import { join } from "node:path";
import { expect, test } from "vitest";
import { Interrupted, UserError } from "../../../src/core/errors.js";
import { loadConfig } from "../../../src/config/load.js";
import { openNamedEngine } from "../../../src/engine/open.js";
import type { Outcome } from "../../../src/runs/ledger.js";
import { execute } from "../../../src/runs/local/execute.js";
import { inThisProcess } from "../../../src/runs/local/in-process.js";
import { makePlan } from "../../../src/runs/plan/make-plan.js";
import { checkLearned, readLearned, type LearnedFile } from "../../../src/records/learned.js";
import { openLeases } from "../../../src/records/leases.js";
import { openRunStore } from "../../../src/records/store.js";
import { configWriter } from "../../config/fixtures.js";
import { openedDomains } from "../../support/domains.js";
import { scratchFolder } from "../../support/folder.js";

const folder = scratchFolder();
const config = loadConfig({
  config: configWriter(folder)(`name: tiny
suite:
  domains: [synthetic-rotated/0, synthetic-rotated/15, synthetic-rotated/30]
  protocol: { metaTest: [synthetic-rotated/30] }
  limits: { trainImages: 200, validationImages: 30, testImages: 40 }
model: { kind: mlp, hidden: [6] }
training: { batchSize: 20, steps: 6, aucWindowSteps: 2 }
methods: [l2o]
metaTraining: { l2o: { episodes: 3, episodeSteps: 2, unroll: 2, validateEvery: 1, validationEpisodes: 1 } }
tuning: { seeds: 1, space: { learningRate: [0.1], weightDecay: [0.0001] } }
trials: 1
`),
});
const dataFolder = join(folder, "datasets");
const plan = makePlan(config, dataFolder);
const learnedBy = plan.cells.find(({ phase }) => phase === "meta-train")!.id;

/** Runs the experiment in a results folder. @param stopAt gradients after which it is stopped. */
async function run(results: string, stopAt = Infinity): Promise<{ outcome: Outcome; file(): LearnedFile }> {
  const store = openRunStore(join(folder, results), "tiny");
  const stop = new AbortController();
  const executor = inThisProcess(plan, config, store, await openNamedEngine("wasm"), dataFolder);
  const at = (steps: number): void => {
    if (steps >= stopAt) stop.abort();
  };
  const progress = { begin: () => undefined, at, end: () => undefined };
  try {
    const outcome = await execute(
      plan.cells,
      { config, domains: openedDomains(config, dataFolder), store, leases: openLeases(store.folder) },
      executor,
      progress,
      stop.signal,
    );
    return { outcome, file: () => readLearned(store.learnedFile(learnedBy)) };
  } finally {
    executor.close();
  }
}

test("networks that serve all parameters are learned, stored, read back and applied", async () => {
  const { outcome, file } = await run("whole");
  expect(outcome).toEqual({ done: 3, alreadyDone: 0, diverged: 0, skipped: 0, failed: [] });
  const { blocks, shared, values } = file();
  expect({ blocks, shared }).toEqual({ blocks: {}, shared: ["linear"] });
  expect(values.linear!.weights1!.length).toBe(22 * 80);
  expect([...values.linear!.p!, ...values.linear!.scale!]).toEqual([10, 0.1]);
  const error = (): void => checkLearned("optimiser.safetensors", file(), {}, ["convolution", "linear"]);
  expect(error).toThrow(UserError);
  expect(error).toThrow("no values given for convolution");
});

test("meta-training that was stopped goes on from its checkpoint on disk: the same bits", async () => {
  const whole = (await run("whole")).file();
  await expect(run("stopped", 2 + 3 + 2 + 1)).rejects.toThrow(Interrupted);
  const { outcome, file } = await run("stopped");
  expect(outcome.failed).toEqual([]);
  expect(file().values).toEqual(whole.values);
});
