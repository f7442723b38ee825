import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadConfig, type ResolvedConfig } from "../../../src/config/load.js";
import { sha256 } from "../../../src/core/hash.js";
import { openDomain } from "../../../src/data/domain.js";
import { openNamedEngine } from "../../../src/engine/open.js";
import { estimateOf } from "../../../src/runs/plan/estimate.js";
import { unrecorded } from "../../support/estimates.js";
import { makePlan } from "../../../src/runs/plan/make-plan.js";
import { dataOptions } from "../../../src/config/suite.js";
import { createModel } from "../../../src/models/index.js";
import { chunkSizes, imageChunks } from "../../../src/training/images.js";
import { supervised } from "../../../src/training/supervised.js";
import { inspectFile } from "../../../src/records/inspect.js";
import { readSafetensors } from "../../../src/records/safetensors.js";
import { openRunStore } from "../../../src/records/store.js";
import { evaluator } from "../../../src/training/evaluate.js";
import { configWriter } from "../../config/fixtures.js";
import { scratchFolder } from "../../support/folder.js";
import { runHere } from "../../support/runs.js";
import { valuesOf } from "../../support/torch-noise.js";

const folder = scratchFolder();
const write = configWriter(folder);
const TEXT = `name: kept
suite:
  domains: [synthetic-rotated/30]
  protocol: leave-one-out
  limits: { trainImages: 40, validationImages: 20, testImages: 30 }
model: { kind: resnet18s, width: 1 }
training: { batchSize: 20, steps: 4, aucWindowSteps: 1 }
methods: [sgd]
tuning: { space: { learningRate: [0.1], weightDecay: [0.0001] } }
trials: 2
`;
const config = (...set: string[]): ResolvedConfig => loadConfig({ config: write(TEXT), set });
const KEEP = "keepWeights=true";
const trialsOf = ({ cells }: { readonly cells: readonly { readonly phase: string; readonly id: string }[] }) =>
  cells.filter(({ phase }) => phase === "trial").map(({ id }) => id);

describe("keepWeights", () => {
  test("changes no id and no number, and a trial has its weights in PyTorch's layout", async () => {
    const engine = await openNamedEngine("wasm");
    const without = await runHere(config(), engine, join(folder, "without"));
    const kept = await runHere(config(KEEP), engine, join(folder, "with"));
    expect(kept.plan).toEqual(without.plan);
    for (const { id, phase } of kept.plan.cells) {
      expect(kept.store.read(id).metrics).toEqual(without.store.read(id).metrics);
      expect(kept.store.curve(id).map(({ trainLoss }) => trainLoss)).toEqual(
        without.store.curve(id).map(({ trainLoss }) => trainLoss),
      );
      expect(existsSync(without.store.weightsFile(id))).toBe(false);
      expect(existsSync(kept.store.weightsFile(id))).toBe(phase === "trial");
    }

    const [id] = trialsOf(kept.plan) as [string, string];
    const { tensors, metadata } = readSafetensors(kept.store.weightsFile(id));
    expect(metadata).toEqual({ format: "pt", run: id, method: "sgd", domain: "synthetic-rotated/30", trial: "0" });
    expect(tensors["layer2.0.conv1.weight"]!.shape).toEqual([2, 1, 3, 3]);
    expect(new Set(tensors["bn1.running_mean"]!.values)).not.toEqual(new Set([0]));

    // The test accuracy of the run is that of the file.
    const domain = openDomain("synthetic-rotated/30", dataOptions(config(), folder));
    const problem = supervised(createModel(config().model, [28, 28, 1], 10));
    const test = await domain.split("test");
    const evaluation = evaluator(engine, problem, chunkSizes(test));
    const chunks = imageChunks(test, await domain.normalisation());
    const { accuracy } = evaluation.evaluate(valuesOf(problem, tensors), chunks);
    evaluation.dispose();
    expect(accuracy).toBe(kept.store.read(id).metrics.testAccuracy);
  });

  test("may be turned on later: what is finished stays so, what is not keeps its weights", async () => {
    const engine = await openNamedEngine("wasm");
    const results = join(folder, "later");
    const { plan, store } = await runHere(config(), engine, results);
    const again = await runHere(config(KEEP, "analysis.images=10"), engine, results);
    expect(again.outcome).toMatchObject({ done: 0, alreadyDone: plan.cells.length });
    for (const id of trialsOf(plan)) expect(existsSync(store.weightsFile(id))).toBe(false);
  });

  test("makes files that initial weights can come from, and that inspect shows", async () => {
    const engine = await openNamedEngine("wasm");
    const { plan, store } = await runHere(config(KEEP), engine, join(folder, "first"));
    const file = store.weightsFile(trialsOf(plan)[1]!);
    const next = await runHere(config(`model.pretrained=${file}`, "training.steps=1"), engine, join(folder, "next"));
    const record = next.store.read(trialsOf(next.plan)[0]!);
    expect(record.pretrained).toEqual({ sha256: sha256(readFileSync(file)), head: "taken" });
    const found = inspectFile(file);
    if (found.kind !== "tensors") throw new Error(found.kind);
    expect(found.metadata.method).toBe("sgd");
    expect(found.tensors.find(({ name }) => name === "conv1.weight")).toMatchObject({
      type: "float32",
      shape: [1, 1, 3, 3],
    });
  });

  test("keeps none of a run that diverged", async () => {
    const engine = await openNamedEngine("wasm");
    const wild = config(KEEP, "training.divergenceLoss=0.001");
    const { plan, store, outcome } = await runHere(wild, engine, join(folder, "wild"));
    expect(outcome.diverged).toBe(plan.cells.length);
    for (const id of trialsOf(plan)) expect(existsSync(store.weightsFile(id))).toBe(false);
  });

  test("is counted where a plan's place on disk is estimated", async () => {
    const engine = await openNamedEngine("wasm");
    const store = openRunStore(join(folder, "empty"), "kept");
    const bytes = async (resolved: ResolvedConfig): Promise<number> =>
      (
        await estimateOf(makePlan(resolved, folder), resolved, {
          ...unrecorded(resolved, folder, store, engine),
          recorded: () => ({ step: 1, image: 0, rest: 1, memoryBytes: 1 }),
        })
      ).bytes;
    const { parameters, statistics } = createModel(config().model, [28, 28, 1], 10);
    const numbers = Object.values({ ...parameters, ...statistics }).map(({ shape }) =>
      shape.reduce((a, b) => a * b, 1),
    );
    const each = 4 * numbers.reduce((sum, size) => sum + size, 0);
    const more = (await bytes(config(KEEP))) - (await bytes(config()));
    // Of two trials, in blocks of 4096 bytes; the setting itself is in the records, which may take one more each.
    expect(more).toBeGreaterThanOrEqual(2 * each);
    expect(more).toBeLessThan(2 * each + 8 * 4096);
  });
});
