import { getEventListeners } from "node:events";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { imagesOf } from "../../../src/core/counting.js";
import { loadConfig } from "../../../src/config/load.js";
import { tensorCount } from "../../../src/engine/memory.js";
import { openNamedEngine } from "../../../src/engine/open.js";
import type { Outcome } from "../../../src/runs/ledger.js";
import { execute, type CellExecutor } from "../../../src/runs/local/execute.js";
import { inThisProcess } from "../../../src/runs/local/in-process.js";
import { makePlan } from "../../../src/runs/plan/make-plan.js";
import type { Plan } from "../../../src/records/plan.js";
import { thisProcess } from "../../../src/records/holder.js";
import { openLeases } from "../../../src/records/leases.js";
import { openRunStore, type RunStore } from "../../../src/records/store.js";
import { configWriter } from "../../config/fixtures.js";
import { openedDomains } from "../../support/domains.js";
import { scratchFolder, userError } from "../../support/folder.js";

const folder = scratchFolder();
const write = configWriter(folder);
const TEXT = `name: tiny
suite:
  domains: [synthetic-rotated/0, synthetic-rotated/15, synthetic-rotated/30]
  protocol: { metaTest: [synthetic-rotated/30] }
  limits: { trainImages: 60, validationImages: 30, testImages: 40 }
model: { kind: mlp, hidden: [6] }
training: { batchSize: 20, steps: 6, evalEvery: 2, aucWindowSteps: 2 }
methods: [metamd, sgd]
metaTraining: { metamd: { outerSteps: 2, innerSteps: 3 } }
tuning: { seeds: 1, space: { learningRate: [0.1, 0.01], weightDecay: [0.0001] } }
trials: 2
`;
let number = 0;

async function run(text: string): Promise<{ plan: Plan; store: RunStore; outcome: Outcome; steps: number }> {
  const config = loadConfig({ config: write(text) });
  const dataFolder = join(folder, "datasets");
  const plan = makePlan(config, dataFolder);
  const store = openRunStore(join(folder, String(number++)), "tiny");
  let steps = 0;
  const executor = inThisProcess(plan, config, store, await openNamedEngine("reference"), dataFolder);
  const progress = { begin: () => undefined, at: (step: number) => (steps = step), end: () => undefined };
  const outcome = await execute(
    plan.cells,
    { config, domains: openedDomains(config, folder), store, leases: openLeases(store.folder) },
    executor,
    progress,
    new AbortController().signal,
  );
  executor.close();
  return { plan, store, outcome, steps };
}

describe("execute", () => {
  test("goes on with no plan of earlier numerics, as where the program was replaced while it ran", async () => {
    const config = loadConfig({ config: write(TEXT) });
    const earlier = { ...makePlan(config, folder), numerics: 1 };
    const store = openRunStore(join(folder, "earlier"), "tiny");
    const engine = await openNamedEngine("reference");
    expect(userError(() => inThisProcess(earlier, config, store, engine, folder)).message).toContain(
      `${store.folder}: runs of numerics 1, before full batches`,
    );
  });

  // 60 images to train on, and with validation 90, in batches of 20.
  test.each([
    { lastBatch: "drop", steps: 8, epoch: 4 },
    { lastBatch: "run-on", steps: 9, epoch: 4.5 },
    { lastBatch: "partial", steps: 10, epoch: 5 },
  ])("$lastBatch: measures a run in epochs: its steps, and its AUC by epoch", async ({ lastBatch, steps, epoch }) => {
    const inEpochs = TEXT.replace("methods: [metamd, sgd]", "methods: [sgd]")
      .replace("tuning: {", "tuning: { steps: 1 epoch,")
      .replace("steps: 6", `lastBatch: ${lastBatch}, steps: 2 epochs`)
      .replace(", aucWindowSteps: 2", "");
    const { plan, store, steps: told } = await run(inEpochs);
    expect(told).toBe(2 * 3 + 2 * steps);
    for (const { id, phase } of plan.cells) {
      const { counts, metrics } = store.read(id);
      expect(counts).toMatchObject(phase === "tune" ? { steps: 3, epochs: 1 } : { steps, epochs: 2 });
      const rows = store.curve(id);
      expect(rows.map((row) => row.epoch)).toEqual(rows.map((row) => row.step! / (phase === "tune" ? 3 : epoch)));
      const losses = rows.map(({ trainLoss }) => trainLoss as number);
      const mean = (part: number[]): number => part.reduce((sum, loss) => sum + loss, 0) / part.length;
      const second = Math.round(epoch);
      const area = (mean(losses.slice(0, second)) + mean(losses.slice(second))) / 2;
      expect(metrics.finalTrainLoss).toBeCloseTo(mean(losses.slice(-(phase === "tune" ? 3 : second))), 12);
      if (phase === "trial") expect(metrics.auc).toBeCloseTo(area, 12);
      else expect(metrics.auc).toBeUndefined();
    }
  });

  test("runs every cell, keeps its record and curve, and leaves no tensor", async () => {
    await openNamedEngine("reference");
    const before = tensorCount();
    const { plan, store, outcome } = await run(TEXT);
    expect(tensorCount()).toBe(before);
    expect(outcome).toEqual({ done: 9, alreadyDone: 0, diverged: 0, skipped: 0, failed: [] });
    for (const cell of plan.cells) {
      const record = store.read(cell.id);
      expect(record.cell).toEqual(cell);
      expect(record.engine.name).toBe("reference");
      expect(record.timings.wallMilliseconds).toBeGreaterThan(0);
      if (cell.phase === "meta-train") {
        expect(record.counts).toEqual({ steps: 22, epochs: 0, testReads: 0, gradientEvaluations: 22 });
        continue;
      }
      expect(record.counts.testReads).toBe(cell.phase === "trial" ? 1 : 0);
      const { validationAccuracy, testAccuracy } = record.metrics;
      const images = cell.phase === "tune" ? 30 : 40;
      expect(record.counts.images).toBe(images);
      const accuracy = (validationAccuracy ?? testAccuracy)!;
      expect(imagesOf(accuracy, images) / images).toBe(accuracy);
      expect(record.metrics.testAccuracy === undefined).toBe(cell.phase === "tune");
      expect(record.metrics.validationAccuracy === undefined).toBe(cell.phase === "trial");
    }
  });

  test("says of every run what it was trained on that is smaller than a batch", async () => {
    const { plan, store } = await run(TEXT.replace("batchSize: 20", "batchSize: 80"));
    const small = (domain: string, set: string, images: number) => ({ domain, set, images, batchSize: 80 });
    expect(plan.smallSets).toEqual([small("synthetic-rotated/30", "train", 60)]);
    for (const { id, phase } of plan.cells)
      expect(store.read(id).data.smallSets).toEqual(phase === "tune" ? plan.smallSets : undefined);
    const larger = await run(TEXT.replace("batchSize: 20", "batchSize: 91"));
    const smallest = ["synthetic-rotated/0", "synthetic-rotated/15"].map((id) => ({
      ...small(id, "trainAll", 90),
      batchSize: 91,
    }));
    const [learned] = larger.plan.cells;
    expect(larger.store.read(learned!.id).data.smallSets).toEqual(smallest);
    expect(larger.plan.smallSets).toHaveLength(4);
    expect(larger.store.read(learned!.id).state).toBe("done");
  });

  test("a tuning run is looked at every evalEvery steps on validation, a trial only at its end on test", async () => {
    const { plan, store } = await run(TEXT);
    const cellOf = (phase: string): string => plan.cells.find((cell) => cell.phase === phase)!.id;
    const steps = (id: string, key: "validationAccuracy" | "testAccuracy"): unknown[] =>
      store.curve(id).flatMap((row) => (row[key] === undefined ? [] : [row.step]));
    expect(steps(cellOf("tune"), "validationAccuracy")).toEqual([2, 4, 6]);
    expect(steps(cellOf("trial"), "testAccuracy")).toEqual([6]);
    expect(steps(cellOf("trial"), "validationAccuracy")).toEqual([]);
  });

  test("trials differ by their seed only, and the same seed gives the same numbers", async () => {
    const [one, two] = [await run(TEXT), await run(TEXT)];
    const trials = one.plan.cells.filter(({ phase, method }) => phase === "trial" && method === "sgd");
    const losses = ({ store }: typeof one, id: string): unknown[] => store.curve(id).map(({ trainLoss }) => trainLoss);
    expect(losses(one, trials[0]!.id)).not.toEqual(losses(one, trials[1]!.id));
    for (const { id } of trials) expect(losses(two, id)).toEqual(losses(one, id));
  });

  test("a meta-training that fails takes only its own runs with it", async () => {
    const { outcome, plan, store } = await run(
      TEXT.replace("innerSteps: 3", "innerSteps: 3, innerLearningRate: 1.0e+12"),
    );
    const metamd = plan.cells.filter(({ method }) => method === "metamd");
    expect(outcome.failed.map(({ id }) => id)).toEqual(metamd.map(({ id }) => id));
    expect(outcome.failed[0]!.reason).toContain("innerLearningRate");
    expect(outcome.failed[1]!.reason).toContain("which failed");
    expect(outcome.done).toBe(4);
    expect(store.read(metamd[0]!.id)).toMatchObject({ state: "failed", failure: outcome.failed[0]!.reason });
    expect(store.has(metamd[0]!.id)).toBe(false);
  });

  test("a learned initialisation replaces the fresh weights of its method's runs, and of no other", async () => {
    const learned = (learnInit: boolean): string =>
      TEXT.replace("[metamd, sgd]", "[meta_sgd, sgd]")
        .replace("trainImages: 60", "trainImages: 200") // a tenth of every class is held out
        .replace(
          "{ metamd: { outerSteps: 2, innerSteps: 3 } }",
          `{ meta_sgd: { gradientEvaluations: 40, warmupSteps: 2, learnInit: ${learnInit} } }`,
        );
    const firstLosses = async (learnInit: boolean): Promise<Record<string, number>> => {
      const { plan, store, outcome } = await run(learned(learnInit));
      expect(outcome.failed).toEqual([]);
      const trials = plan.cells.filter((cell) => cell.phase === "trial" && cell.trial === 0);
      return Object.fromEntries(trials.map(({ id, method }) => [method, store.curve(id)[0]!.trainLoss!]));
    };
    const [fresh, started] = [await firstLosses(false), await firstLosses(true)];
    expect(fresh.meta_sgd).toBe(fresh.sgd);
    expect(started.sgd).toBe(fresh.sgd);
    expect(started.meta_sgd).not.toBe(fresh.sgd);
  });

  test("two on the same folder share the cells: none runs twice, and both end when all are done", async () => {
    const config = loadConfig({ config: write(TEXT) });
    const plan = makePlan(config, folder);
    const store = openRunStore(join(folder, String(number++)), "tiny");
    const engine = await openNamedEngine("reference");
    const ran: string[] = [];
    const one = async (): Promise<Outcome> => {
      const own = inThisProcess(plan, config, store, engine, folder);
      const executor: CellExecutor = {
        ...own,
        async run(cell, ...rest) {
          ran.push(cell.id);
          return own.run(cell, ...rest);
        },
      };
      const leases = openLeases(store.folder);
      const progress = { begin: () => undefined, at: () => undefined, end: () => undefined };
      const ground = { config, domains: openedDomains(config, folder), store, leases };
      const outcome = await execute(plan.cells, ground, executor, progress, new AbortController().signal);
      executor.close();
      leases.close();
      return outcome;
    };
    const outcomes = await Promise.all([one(), one()]);
    expect(ran.sort()).toEqual(plan.cells.map(({ id }) => id).sort());
    for (const { done, alreadyDone, failed } of outcomes) expect([done + alreadyDone, failed]).toEqual([9, []]);
    expect(outcomes[0]!.done + outcomes[1]!.done).toBe(9);
    expect(outcomes.every(({ done }) => done > 0)).toBe(true);
  });

  test("progress counts every training step", async () => {
    const { steps } = await run(TEXT);
    expect(steps).toBe(22 + 8 * 6);
  });

  test("many short runs beside one that another process has: no listener is left for each", async () => {
    const config = loadConfig({
      config: write(TEXT.replace("methods: [metamd, sgd]", "methods: [sgd]").replace("trials: 2", "trials: 40")),
    });
    const plan = makePlan(config, folder);
    const store = openRunStore(join(folder, String(number++)), "tiny");
    const tuned = plan.cells.filter(({ phase }) => phase === "tune");
    const [first] = tuned;
    const other = openLeases(store.folder, { ...thisProcess(), token: "00000000-0000-4000-8000-000000000000" });
    expect(other.take(first!.id)).toBe(true);
    const listening: number[] = [];
    const executor: CellExecutor = {
      jobs: 1,
      run(cell, _fence, _onProgress, signal) {
        listening.push(getEventListeners(signal, "abort").length);
        if (listening.length === 30) other.release(first!.id);
        return Promise.resolve({ state: "failed", reason: cell.id });
      },
      giveUp: () => expect.fail("nothing is given up"),
      close: () => undefined,
    };
    const ground = { config, domains: openedDomains(config, folder), store, leases: openLeases(store.folder) };
    const many = Array.from({ length: 40 }, (_unused, i) => ({ ...tuned[1]!, id: i.toString(16).padStart(16, "0") }));
    const progress = { begin: () => undefined, at: () => undefined, end: () => undefined };
    await execute([first!, ...many], ground, executor, progress, new AbortController().signal);
    expect(listening).toHaveLength(41);
    expect(Math.max(...listening)).toBeLessThanOrEqual(2);
    other.close();
    ground.leases.close();
  });
});
