import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { loadConfig, type ResolvedConfig } from "../../../src/config/load.js";
import { importDataset } from "../../../src/data/import/import.js";
import { openDomain, readingTime, type SplitName } from "../../../src/data/index.js";
import type { Engine } from "../../../src/engine/engine.js";
import { peakBytes } from "../../../src/core/memory.js";
import { openNamedEngine } from "../../../src/engine/open.js";
import { cellSteps } from "../../../src/runs/plan/cell-steps.js";
import { estimateOf, type EstimateOptions } from "../../../src/runs/plan/estimate.js";
import { makePlan } from "../../../src/runs/plan/make-plan.js";
import { batchSizeOf, heldBytesOf } from "../../../src/runs/plan/prices.js";
import { recordedPrices } from "../../../src/runs/plan/recorded-prices.js";
import type { Cell, Plan, TrialCell } from "../../../src/records/plan.js";
import type { RunRecord } from "../../../src/records/record.js";
import { openRunStore } from "../../../src/records/store.js";
import { writeSmallMnist } from "../../data/fixtures.js";
import { openedDomains } from "../../support/domains.js";
import { unrecorded } from "../../support/estimates.js";
import { scratchFolder } from "../../support/folder.js";
import { runHere } from "../../support/runs.js";
import { writeSmallConfig } from "../../support/small-config.js";

const folder = scratchFolder();
const data = join(folder, "datasets");
const METAMD = "metaTraining: { metamd: { outerSteps: 2, innerSteps: 5 } }\n";
const config = (...set: string[]): ResolvedConfig => loadConfig({ config: writeSmallConfig(folder, METAMD), set });
/** 120 training images, of which 100 are for tuning. */
const LIMITS = ["suite.limits.trainImages=100", "suite.limits.validationImages=20"];
const BOTH = "methods=[sgd,metamd]";
const engine = await openNamedEngine("reference");
const nowhere = openRunStore(join(folder, "nowhere"), "t");

/** A second a step, half a second a run, and memory that this process does not have. */
const recorded = (): ReturnType<EstimateOptions["recorded"]> => ({
  step: 1000,
  image: 0,
  rest: 500,
  memoryBytes: 2 ** 50,
});
const secondsOf = (plan: Plan, of: ResolvedConfig, phase?: string): number =>
  plan.cells
    .filter((cell) => phase === undefined || cell.phase === phase)
    .reduce((sum, cell) => sum + cellSteps(of, cell, openedDomains(of, data)) + 0.5, 0);

describe("an estimate", () => {
  test("adds up what steps and runs cost", async () => {
    const settings = config(BOTH);
    const plan = makePlan(settings, data);
    const given = { ...unrecorded(settings, data, nowhere, engine), recorded };
    const { phases, seconds, startSeconds, usedByOthers } = await estimateOf(plan, settings, given);
    expect(usedByOthers).toBe(0);
    for (const { phase, seconds } of phases) expect(seconds).toBeCloseTo(secondsOf(plan, settings, phase), 9);
    expect(seconds - startSeconds).toBeCloseTo(secondsOf(plan, settings), 9);
    expect(startSeconds).toBeGreaterThan(0);
  });

  test("counts that workers start after the program", async () => {
    const settings = config(BOTH);
    const plan = makePlan(settings, data);
    const startOf = async (jobs: number): Promise<number> => {
      const given = { ...unrecorded(settings, data, nowhere, engine), recorded, jobs };
      return (await estimateOf(plan, settings, given)).startSeconds;
    };
    expect((await startOf(2)) - (await startOf(1))).toBeCloseTo(0.7, 9);
    expect(await startOf(3)).toBeCloseTo(await startOf(2), 9);
  });

  test("counts that files are read: for the plan by the program before its workers, for runs by each", async () => {
    await importDataset(data, "mnist", [writeSmallMnist(join(folder, "mnist"), { train: 200, test: 60 })], {
      partial: true,
    });
    const settings = config("methods=[sgd]", "suite.domains=[mnist]", "suite.protocol={metaTest: [mnist]}");
    const plan = makePlan(settings, data);
    const given = { ...unrecorded(settings, data, nowhere, engine), recorded };
    const startOf = async (more: Partial<EstimateOptions>): Promise<number> =>
      (await estimateOf(plan, settings, { ...given, ...more })).startSeconds;
    const planningMilliseconds = 3000;
    expect((await startOf({ jobs: 2, planningMilliseconds })) - (await startOf({ jobs: 2 }))).toBeCloseTo(3, 9);
    expect(await startOf({ planningMilliseconds })).toBeCloseTo(await startOf({}), 9);

    const mnist = openDomain("mnist", { folder: data });
    const [train, test, both] = [["train"], ["test"], ["trainAll", "test", "train"]].map((splits) =>
      readingTime(() => splits.forEach((split) => mnist.readFiles(split as SplitName))),
    ) as [number, number, number];
    expect(Math.min(train, test)).toBeGreaterThan(0);
    expect(both).toBeCloseTo(train + test, 9);
    const unread = new Map([["mnist", { ...given.domains.get("mnist")!, readFiles: () => undefined }]]);
    expect((await startOf({})) - (await startOf({ domains: unread }))).toBeCloseTo(both / 1000, 9);
  });

  test("is no shorter than runs that wait for each other", async () => {
    const settings = config(BOTH);
    const plan = makePlan(settings, data);
    const given = { ...unrecorded(settings, data, nowhere, engine), recorded, jobs: 1000 };
    const { seconds, startSeconds } = await estimateOf(plan, settings, given);
    const learned = plan.cells.filter(({ method }) => method === "metamd");
    expect(learned.map(({ phase }) => phase)).toEqual(["meta-train", "tune", "trial"]);
    const chain = learned.reduce(
      (sum, cell) => sum + cellSteps(settings, cell, openedDomains(settings, data)) + 0.5,
      0,
    );
    expect(seconds - startSeconds).toBeCloseTo(chain, 9);
  });

  test("is no shorter than what the processors can do, however many runs are asked for at a time", async () => {
    const settings = config("methods=[sgd]", "trials=6");
    const plan = makePlan(settings, data);
    const all = secondsOf(plan, settings);
    const secondsAt = async (jobs: number, more: Partial<EstimateOptions> = {}): Promise<number> => {
      const given = { ...unrecorded(settings, data, nowhere, engine), recorded, processors: 2, jobs, ...more };
      const { seconds, startSeconds, phases } = await estimateOf(plan, settings, given);
      expect(phases.reduce((sum, each) => sum + each.seconds, 0)).toBeCloseTo(seconds - startSeconds, 9);
      return seconds - startSeconds;
    };
    expect(await secondsAt(1)).toBeCloseTo(all, 9);
    for (const jobs of [2, 3, 16]) expect(await secondsAt(jobs)).toBeCloseTo(all / 2, 9);
    const wide = { ...engine, details: { ...engine.details, threads: 2 } };
    expect(await secondsAt(16, { engine: wide })).toBeCloseTo(all, 9);
    const wider = { ...engine, details: { ...engine.details, threads: 4 } };
    expect(await secondsAt(1, { engine: wider })).toBeCloseTo(all, 9);
    const onGpu = { ...engine, details: { ...engine.details, threads: 4, gpu: true } };
    expect(await secondsAt(2, { engine: onGpu })).toBeCloseTo(all / 2, 9);
  });

  test("counts that processes which share a processor start more slowly", async () => {
    const settings = config("methods=[sgd]", "trials=6");
    const startOf = async (jobs: number): Promise<number> => {
      const given = { ...unrecorded(settings, data, nowhere, engine), recorded, processors: 2, jobs };
      return (await estimateOf(makePlan(settings, data), settings, given)).startSeconds;
    };
    expect(await startOf(2)).toBeCloseTo(1.4, 9);
    expect(await startOf(4)).toBeCloseTo(2.1, 9);
  });

  test("measures how runs slow each other down for as many as have a processor, however many are asked for", async () => {
    const long = config("methods=[sgd]", "training.steps=10000000", "training.aucWindowSteps=1000000", "trials=64");
    const plan = makePlan(long, data);
    const togetherAt = async (jobs: number, options: Partial<EstimateOptions> = {}): Promise<unknown[]> => {
      const crowding = vi.fn(() => Promise.resolve(1));
      const given = { ...unrecorded(long, data, nowhere, engine), processors: 2, jobs, crowding, ...options };
      await estimateOf(plan, long, given);
      return crowding.mock.calls;
    };
    expect(await togetherAt(1)).toEqual([]);
    for (const jobs of [2, 8, 64]) expect(await togetherAt(jobs)).toEqual([[2]]);
    // Two of them and this process would not fit.
    expect(await togetherAt(2, { memoryOfMachine: 2.5 * peakBytes() })).toEqual([]);
  });

  test("is for no more runs at a time than are left, and says what these have too little of", async () => {
    const settings = config("methods=[sgd]", "trials=6");
    const plan = makePlan(settings, data);
    const left = plan.cells.length;
    const light = (): ReturnType<typeof recorded> => ({ ...recorded()!, memoryBytes: 2e9 });
    const ofJobs = async (jobs: number, more: Partial<EstimateOptions> = {}) => {
      const given = {
        ...unrecorded(settings, data, nowhere, engine),
        recorded: light,
        processors: left,
        jobs,
        ...more,
      };
      const { jobs: atATime, overcommitted } = await estimateOf(plan, settings, given);
      return [atATime, overcommitted];
    };
    expect(await ofJobs(1000)).toEqual([left, undefined]);
    expect(await ofJobs(2, { memoryOfMachine: 4e9 })).toEqual([2, undefined]);
    expect(await ofJobs(3, { memoryOfMachine: 4e9, processors: 2 })).toEqual([
      3,
      "3 at a time are more than this machine has room for: 3 threads on 2 processors; 6.0 GB of memory, where there are 4.0",
    ]);
  });

  test("counts that runs slow each other down, but those by records, which were beside others", async () => {
    const settings = config(BOTH);
    const plan = makePlan(settings, data);
    const phaseSeconds = async (more: object): Promise<number[]> => {
      const given = { ...unrecorded(settings, data, nowhere, engine), jobs: 2, ...more };
      return (await estimateOf(plan, settings, given)).phases.map(({ seconds }) => seconds);
    };
    const crowding = (): Promise<number> => Promise.resolve(3);
    expect(await phaseSeconds({ recorded, crowding })).toEqual(await phaseSeconds({ recorded }));
    const few = vi.fn(crowding);
    await phaseSeconds({ crowding: few });
    expect(few).not.toHaveBeenCalled();
    const long = config(BOTH, "training.steps=10000000", "training.aucWindowSteps=1000000");
    const { seconds } = await estimateOf(makePlan(long, data), long, {
      ...unrecorded(long, data, nowhere, engine),
      jobs: 2,
      crowding: () => Promise.resolve(1e6),
    });
    expect(seconds).toBeGreaterThan(1e7);
  });

  test("measures what nothing is recorded of: every phase has a price", async () => {
    const settings = config(BOTH);
    const { phases } = await estimateOf(
      makePlan(settings, data),
      settings,
      unrecorded(settings, data, nowhere, engine),
    );
    for (const { seconds } of phases) expect(seconds).toBeGreaterThan(0);
  });

  test("has the price of the images that there are, where a batch is larger", async () => {
    const phasesOf = async (batchSize: number): Promise<number[]> => {
      const of = config(BOTH, ...LIMITS, `training.batchSize=${batchSize}`);
      const { phases } = await estimateOf(makePlan(of, data), of, unrecorded(of, data, nowhere, engine));
      return phases.map(({ seconds }) => seconds);
    };
    const [whole, larger] = [await phasesOf(120), await phasesOf(20_000)];
    for (const [i, seconds] of larger.entries()) expect(seconds).toBeLessThan(5 * whole[i]!);
  });

  test("takes the batches of a cell to be as large as its set at most", () => {
    const sizes = (...set: string[]): Record<string, number> => {
      const of = config("methods=[meta_sgd,metamd]", ...LIMITS, ...set);
      const domains = openedDomains(of, data);
      const { cells } = makePlan(of, data);
      return Object.fromEntries(
        cells.map((cell) => [`${cell.method} ${cell.phase}`, batchSizeOf({ config: of, domains }, cell)]),
      );
    };
    expect(sizes("training.batchSize=20000")).toEqual({
      "meta_sgd meta-train": 108,
      "metamd meta-train": 120,
      "meta_sgd tune": 100,
      "metamd tune": 100,
      "meta_sgd trial": 120,
      "metamd trial": 120,
    });
    expect(Object.values(sizes("training.batchSize=16"))).toEqual(new Array<number>(6).fill(16));
  });

  test("says what is measured while it is, and that it ends", async () => {
    const settings = config(BOTH);
    const said: unknown[] = [];
    const progress = {
      begin: (_title: string, total: number) => void said.push(total),
      at: (value: number, label: string) => void said.push([value, label]),
      end: () => void said.push("end"),
    };
    const given = { ...unrecorded(settings, data, nowhere, engine), recorded, progress };
    await estimateOf(makePlan(settings, data), settings, given);
    expect(said).toEqual([3, [0, "metamd's meta-training"], [1, "sgd's steps"], [2, "metamd's steps"], "end"]);
    said.length = 0;
    const failing = { ...given, recorded: () => expect.fail("no price") };
    await expect(estimateOf(makePlan(settings, data), settings, failing)).rejects.toThrow("no price");
    expect(said.at(-1)).toBe("end");
  });

  test("counts the memory of images that a run's program holds, on an engine that gains by it", () => {
    const settings = config("training.steps=20", "training.aucWindowSteps=5");
    const domains = openedDomains(settings, data);
    const cell = makePlan(settings, data).cells.find(({ phase }) => phase === "trial") as TrialCell;
    const domain = domains.get(cell.holdout)!;
    const bytes = (heldBytes: number): number =>
      heldBytesOf({ config: settings, domains, engine: { ...engine, heldBytes } }, cell);
    const { height, width, channels } = domain;
    expect(bytes(1e9)).toBe(4 * domain.expected("trainAll") * height * width * channels);
    expect(bytes(100)).toBe(0);
    expect(heldBytesOf({ config: settings, domains, engine }, cell)).toBe(0);
  });

  test("has the memory of a whole batch where a part of it is measured", async () => {
    const large = ["model={kind: resnet18, width: 8}", "suite.image={size: 32, channels: 3}", "training.batchSize=60"];
    const settings = config("methods=[sgd]", ...large);
    const asked: number[] = [];
    const workingBytes: Engine["workingBytes"] = ({ entries }) => {
      asked.push(entries.gradient!.feeds.images!.shape[0]!);
      return 1e12 * asked.at(-1)!;
    };
    const given = unrecorded(settings, data, nowhere, { ...engine, workingBytes });
    const { memoryBytes } = await estimateOf(makePlan(settings, data), settings, given);
    const [whole, part] = asked;
    expect(whole).toBeGreaterThan(part!);
    expect(memoryBytes / 1e12).toBeCloseTo(whole! - part!, 1);
  });

  test("of what is done is nothing", async () => {
    const settings = config();
    const { plan, store } = await runHere(settings, engine, join(folder, "done"));
    const estimate = await estimateOf(plan, settings, unrecorded(settings, data, store, engine));
    expect([estimate.seconds, estimate.startSeconds, estimate.memoryBytes]).toEqual([0, 0, 0]);
  });

  test("counts by records how many images runs are evaluated on, and how often", async () => {
    const phasesOf = async (image: number, ...set: string[]): Promise<number[]> => {
      const settings = config("methods=[sgd]", "training.evalEvery=2", ...set);
      const given = { ...unrecorded(settings, data, nowhere, engine), recorded: () => ({ ...recorded()!, image }) };
      const { phases } = await estimateOf(makePlan(settings, data), settings, given);
      return phases.map(({ seconds }) => seconds);
    };
    const evaluating = async (...set: string[]): Promise<number[]> => {
      const without = await phasesOf(0, ...set);
      return (await phasesOf(1000, ...set)).map((seconds, i) => seconds - without[i]!);
    };
    const counts = ["suite.limits.validationImages=40", "suite.limits.testImages=70"];
    expect(await evaluating(...counts)).toEqual([0, expect.closeTo(3 * 40, 9), expect.closeTo(70, 9)]);
    expect(await evaluating(...counts, "tuning.steps=9")).toEqual([
      0,
      expect.closeTo(5 * 40, 9),
      expect.closeTo(70, 9),
    ]);
  });

  test("has the memory of recorded runs, and of measured ones what this process holds, whichever is more", async () => {
    const settings = config(BOTH);
    const plan = makePlan(settings, data);
    const memoryOf = async (recorded: EstimateOptions["recorded"]): Promise<number> =>
      (await estimateOf(plan, settings, { ...unrecorded(settings, data, nowhere, engine), recorded })).memoryBytes;
    expect(await memoryOf(recorded)).toBe(2 ** 50);
    expect(await memoryOf((cell) => (cell.phase === "tune" ? recorded() : undefined))).toBe(2 ** 50);
    const little = { ...recorded()!, memoryBytes: 1 };
    expect(await memoryOf(() => little)).toBe(1);
    expect(await memoryOf((cell) => (cell.phase === "tune" ? little : undefined))).toBeGreaterThan(2 ** 26);
  });
});

describe("prices by records", () => {
  const pricesOf = (results: string, plan: Plan, of: ResolvedConfig, details = engine.details) => {
    const priceOf = recordedPrices(results, plan, details);
    return (cell: Cell) => priceOf(cell, cellSteps(of, cell, openedDomains(of, data)));
  };
  /** Of the first cell. */
  const firstPrice = (results: string, of: ResolvedConfig, details = engine.details) => {
    const plan = makePlan(of, data);
    return pricesOf(results, plan, of, details)(plan.cells[0]!);
  };

  test("are those of runs like them on this machine and engine", async () => {
    const settings = config(BOTH);
    const results = join(folder, "results");
    const { plan, store } = await runHere(settings, engine, results);
    const priceOf = pricesOf(results, plan, settings);
    for (const cell of plan.cells) {
      const { timings, counts, peakMemoryBytes } = store.read(cell.id);
      const training = timings.dataMilliseconds + timings.stepMilliseconds;
      expect(priceOf(cell)!.step).toBe(training / counts.steps);
      const images = cell.phase === "meta-train" ? 1 : counts.images!;
      expect(priceOf(cell)!.image).toBe(timings.evaluationMilliseconds / images);
      expect(priceOf(cell)!.rest).toBeGreaterThanOrEqual(0);
      expect(priceOf(cell)!.memoryBytes).toBeGreaterThanOrEqual(peakMemoryBytes!);
      expect(peakMemoryBytes).toBeGreaterThan(2 ** 26);
    }
    const more = { ...engine.details, threads: engine.details.threads + 1 };
    expect(firstPrice(results, settings, more)).toBeUndefined();
    const wider = { ...engine.details, kernels: { ...engine.details.kernels, instructions: "wider" } };
    expect(firstPrice(results, settings, wider)).toBeUndefined();
    expect(firstPrice(results, config(BOTH, "name=more", "trials=3"))).toBeDefined();
    expect(firstPrice(results, config(BOTH, "name=larger", "model.hidden=[17]"))).toBeUndefined();
    expect(firstPrice(results, config(BOTH, "name=fewer", "suite.limits.trainImages=100"))).toBeUndefined();
    expect(firstPrice(results, config("name=other", "methods=[sgd]", "methodSettings.sgd={}"))).toBeDefined();
  });

  test("are of runs as long, or of long ones: the first steps are others", async () => {
    const lasting = (steps: number): ResolvedConfig =>
      config("methods=[sgd]", `name=steps-${steps}`, `training.steps=${steps}`, "training.aucWindowSteps=1");
    const results = join(folder, "lasting");
    await runHere(lasting(3), engine, results);
    expect(firstPrice(results, lasting(3))).toBeDefined();
    for (const steps of [2, 4, 300, 2000]) expect(firstPrice(results, lasting(steps))).toBeUndefined();
    await runHere(lasting(301), engine, results);
    for (const steps of [2, 3, 4, 299, 300, 2000]) expect(firstPrice(results, lasting(steps))).toBeDefined();
    const [short, long] = [lasting(3), lasting(2000)].map((of) => firstPrice(results, of)!.step);
    expect(short).not.toBe(long);
  });

  test("are of twenty records of a kind, and no more are read", async () => {
    const settings = config("methods=[sgd]", "trials=22");
    const results = join(folder, "many");
    const { plan, store } = await runHere(settings, engine, results);
    const trials = plan.cells.filter(({ phase }) => phase === "trial");
    for (const { id } of trials.slice(20)) writeFileSync(join(store.runFolder(id), "record.json"), "garbage");
    expect(pricesOf(results, plan, settings)(trials[0]!)).toBeDefined();
    writeFileSync(join(store.runFolder(trials[19]!.id), "record.json"), "garbage");
    expect(() => pricesOf(results, plan, settings)).toThrow("not valid JSON");
  });

  test("are not of another card", async () => {
    const settings = config("methods=[sgd]");
    const results = join(folder, "cards");
    const card = (name: string) => ({ ...engine.details, gpu: true, device: { name, driver: "1" } });
    await runHere(settings, { ...engine, details: card("A100") }, results);
    const priceWith = (name: string) => firstPrice(results, settings, card(name));
    expect(priceWith("A100")).toBeDefined();
    expect(priceWith("H200")).toBeUndefined();
  });

  test("are passed over where another experiment's files are damaged, and their own are not", async () => {
    const results = join(folder, "damaged");
    const { plan, store } = await runHere(config("methods=[sgd]"), engine, results);
    const settings = config("methods=[sgd]", "name=more", "trials=3");
    const more = makePlan(settings, data);
    const priced = () => [0, -1].map((place) => pricesOf(results, more, settings)(more.cells.at(place)!) !== undefined);
    expect(priced()).toEqual([true, true]);
    for (const [name, text] of [
      ["cut", "{"],
      ["empty", ""],
      ["other", "[1]"],
    ] as const) {
      mkdirSync(join(results, name));
      writeFileSync(join(results, name, "plan.json"), text);
    }
    mkdirSync(join(results, "folder", "plan.json"), { recursive: true });
    mkdirSync(join(results, "foreign"));
    const foreign = { ...(JSON.parse(readFileSync(join(store.folder, "plan.json"), "utf8")) as Plan), config: {} };
    writeFileSync(join(results, "foreign", "plan.json"), JSON.stringify({ ...foreign, checksum: undefined }));
    expect(priced()).toEqual([true, true]);
    const [tune] = plan.cells;
    writeFileSync(join(store.runFolder(tune!.id), "record.json"), "garbage\n{");
    expect(priced()).toEqual([false, true]);
    expect(() => recordedPrices(results, plan, engine.details)).toThrow("not valid JSON");
  });

  test.each([
    ["says no memory, as earlier programs did not", { peakMemoryBytes: undefined }],
    ["diverged, maybe before it was evaluated", { state: "diverged" }],
  ] as const)("a run that %s has none", async (_title, change: Partial<RunRecord>) => {
    const settings = config("methods=[sgd]");
    const results = join(folder, Object.keys(change)[0]!);
    const { plan } = await runHere(settings, engine, results);
    const runs = join(results, plan.experiment, "runs");
    for (const id of readdirSync(runs)) {
      const file = join(runs, id, "record.json");
      const record = JSON.parse(readFileSync(file, "utf8")) as RunRecord;
      writeFileSync(file, JSON.stringify({ ...record, ...change }));
      rmSync(join(runs, id, "SHA256SUMS"));
    }
    for (const cell of plan.cells) expect(pricesOf(results, plan, settings)(cell)).toBeUndefined();
  });
});
