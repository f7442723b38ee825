import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadConfig, type ResolvedConfig } from "../../../src/config/load.js";
import { openNamedEngine } from "../../../src/engine/open.js";
import type { Outcome } from "../../../src/runs/ledger.js";
import { execute, type CellExecutor } from "../../../src/runs/local/execute.js";
import { inThisProcess } from "../../../src/runs/local/in-process.js";
import { makePlan } from "../../../src/runs/plan/make-plan.js";
import { sensitivities, tuned } from "../../../src/runs/search/tuned.js";
import { SILENT } from "../../../src/core/progress.js";
import type { Plan, TuneCell } from "../../../src/records/plan.js";
import type { RunRecord } from "../../../src/records/record.js";
import { openLeases } from "../../../src/records/leases.js";
import { openRunStore, type RunStore } from "../../../src/records/store.js";
import { outcomesOf } from "../../../src/tuning/outcome.js";
import { accuracyOf } from "../../../src/tuning/score.js";
import { configWriter } from "../../config/fixtures.js";
import { openedDomains } from "../../support/domains.js";
import { scratchFolder } from "../../support/folder.js";
import { everything } from "../../support/require.js";
import { smallExperiment } from "../../support/small-experiment.js";

const folder = scratchFolder();
const write = configWriter(folder);
const dataFolder = join(folder, "datasets");
const tiny = (own: object = {}): string =>
  smallExperiment({
    name: "tiny",
    suite: { limits: { trainImages: 40, validationImages: 20, testImages: 20 } },
    model: { hidden: [4] },
    training: { steps: 4, aucWindowSteps: 2 },
    trials: 1,
    ...own,
  });
/** A Bayesian search. */
const searching = (own: object = { budget: 5, bayes: { initial: 2 } }): string =>
  tiny({
    tuning: {
      strategy: "bayes",
      seeds: 2,
      space: {
        learningRate: { from: 1e-3, to: 1 },
        weightDecay: { from: 1e-6, to: 1e-2 },
        methods: { adam: { learningRate: { from: 1e-5, to: 0.1 } } },
      },
      ...own,
    },
  });
const TEXT = searching();
const configOf = (...set: string[]): ResolvedConfig => loadConfig({ config: write(TEXT), set });
const tuneCells = ({ cells }: Plan, method = "sgd"): TuneCell[] =>
  cells.flatMap((cell) => (cell.phase === "tune" && cell.method === method ? [cell] : []));

interface Ran {
  readonly plan: Plan;
  readonly store: RunStore;
  readonly outcome: Outcome;
  /** Runs of one method's search, in the plan's order. */
  records(method?: string): RunRecord[];
}
/** Mean accuracy of runs, as tuning counts it. */
const meanOf = (records: readonly RunRecord[]): number =>
  outcomesOf(records).reduce((sum, outcome) => sum + accuracyOf(outcome, 0.1), 0) / records.length;

let number = 0;

/** @param name of the results; @param wrap changes what runs the cells; @param jobs cells begun at the same time. */
async function run(
  config: ResolvedConfig,
  name = String(number++),
  wrap: (executor: CellExecutor) => CellExecutor = (executor) => executor,
): Promise<Ran> {
  const plan = makePlan(config, dataFolder);
  const store = openRunStore(join(folder, name), "tiny");
  const executor = inThisProcess(plan, config, store, await openNamedEngine("reference"), dataFolder);
  const leases = openLeases(store.folder);
  const ground = { config, domains: openedDomains(config, dataFolder), store, leases };
  const outcome = await execute(plan.cells, ground, wrap(executor), SILENT, new AbortController().signal).finally(
    () => {
      leases.close();
      executor.close();
    },
  );
  return { plan, store, outcome, records: (method) => tuneCells(plan, method).map(({ id }) => store.read(id)) };
}
const chosen = ({ records }: Ran, method?: string): unknown[] => records(method).map(({ selected }) => selected);

describe("the plan of an adaptive search", () => {
  const plan = makePlan(configOf(), dataFolder);
  const cells = tuneCells(plan);

  test("knows the initial points; the others have an index, and build on the runs before them", () => {
    expect(cells.map(({ search, seed }) => [search!.index, seed])).toEqual(
      [0, 1, 2, 3, 4].flatMap((index) => [
        [index, 0],
        [index, 1],
      ]),
    );
    expect(cells.map(({ learningRate }) => learningRate !== undefined)).toEqual([
      ...Array<boolean>(4).fill(true),
      ...Array<boolean>(6).fill(false),
    ]);
    const ids = cells.map(({ id }) => id);
    const needs = cells.map(({ dependsOn }) => dependsOn.map((id) => ids.indexOf(id)));
    expect(needs).toEqual([[], [], [], [], [0, 1, 2, 3], [0, 1, 2, 3], [4, 5], [4, 5], [6, 7], [6, 7]]);
    for (const trial of plan.cells.filter(({ phase, method }) => phase === "trial" && method === "sgd"))
      expect(trial.dependsOn).toEqual(ids);
  });

  test("every method has initial points at the same places of its own ranges", () => {
    const [sgd, adam] = [cells, tuneCells(plan, "adam")].map(([first]) => first!.learningRate!);
    expect(Math.log(sgd! / 1e-3) / Math.log(1e3)).toBeCloseTo(Math.log(adam! / 1e-5) / Math.log(1e4), 12);
  });

  test("ids depend on the definition of the search; a larger budget keeps the runs of a smaller one", () => {
    const idsOf = (...set: string[]): string[] => tuneCells(makePlan(configOf(...set), dataFolder)).map(({ id }) => id);
    const ids = idsOf();
    expect(new Set(ids).size).toBe(10);
    expect(idsOf("tuning.budget=7").slice(0, 10)).toEqual(ids);
    const byIterations = searching({ bayes: { initial: 2, iterations: 5, countInit: true } });
    expect(tuneCells(makePlan(loadConfig({ config: write(byIterations) }), dataFolder)).map(({ id }) => id)).toEqual(
      ids,
    );
    expect(idsOf("tuning.bayes.beta=2").slice(0, 4)).toEqual(ids.slice(0, 4));
    const changes = [
      "tuning.bayes.beta=2",
      "tuning.bayes.prior=botorch-2024",
      "seed=1",
      "tuning.space.learningRate.to=2",
    ];
    for (const change of changes)
      expect(
        idsOf(change)
          .slice(4)
          .filter((id) => ids.includes(id)),
      ).toEqual([]);
  });

  test("random and Sobol searches know all points, and nothing waits", () => {
    for (const strategy of ["random", "sobol"]) {
      const all = tuneCells(makePlan(configOf(`tuning.strategy=${strategy}`), dataFolder));
      expect(all).toHaveLength(10);
      expect(all.every(({ learningRate, dependsOn }) => learningRate !== undefined && dependsOn.length === 0)).toBe(
        true,
      );
    }
  });
});

describe("an adaptive search", () => {
  test("runs every index with every seed at one point, and the best point is the trial's", async () => {
    const ran = await run(configOf());
    expect(ran.outcome).toMatchObject({ done: 22, failed: [], skipped: 0 });
    const records = ran.records();
    for (let i = 0; i < records.length; i += 2) expect(records[i]!.selected).toEqual(records[i + 1]!.selected);
    expect(records.map(({ selected }) => selected!.acquisition !== undefined)).toEqual(
      records.map(({ cell }) => cell.phase === "tune" && cell.learningRate === undefined),
    );
    const [winner] = tuned(ran.plan, configOf(), ran.store);
    const trial = ran.plan.cells.find(({ phase, method }) => phase === "trial" && method === "sgd")!;
    const margin = winner!.margin!;
    expect(ran.store.read(trial.id).selected).toEqual({ ...winner!.point, gridEdge: [...winner!.gridEdge], margin });
    const highest = Math.max(...[0, 2, 4, 6, 8].map((i) => meanOf(records.slice(i, i + 2))));
    expect(20 * (highest - winner!.meanAccuracy)).toBeLessThanOrEqual(margin.errorImages);
  });

  test("is the same when it is stopped anywhere and goes on, and when others run its runs", async () => {
    const whole = await run(configOf());
    const name = "stopped";
    const stops = everything ? [7, 3, 1, 9] : [7];
    for (const left of stops) {
      let count = left;
      const dying = (executor: CellExecutor): CellExecutor => ({
        ...executor,
        run: (...args) => (count-- > 0 ? executor.run(...args) : Promise.reject(new Error("killed"))),
      });
      await expect(run(configOf(), name, dying)).rejects.toThrow("killed");
    }
    const resumed = await run(configOf(), name);
    expect(resumed.outcome.alreadyDone).toBe(stops.reduce((sum, left) => sum + left, 0));
    const crowded = await run(configOf(), "crowded", (executor) => {
      // As a pool may: several cells are begun at once, and the last of them ends first.
      const waiting: (() => Promise<void>)[] = [];
      let busy: Promise<void> | undefined;
      const work = async (): Promise<void> => {
        await Promise.resolve();
        for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await next();
        busy = undefined;
      };
      return {
        ...executor,
        jobs: 3,
        run: (...args) =>
          new Promise((resolve, reject) => {
            waiting.push(() => executor.run(...args).then(resolve, reject));
            busy ??= work();
          }),
      };
    });
    for (const method of ["sgd", "adam"])
      for (const other of [resumed, crowded]) expect(chosen(other, method)).toEqual(chosen(whole, method));
  });

  test("a failed run ends its search until it is repeated; the other method's search goes on", async () => {
    const name = "failing";
    let broken = "";
    const failing = (executor: CellExecutor): CellExecutor => ({
      ...executor,
      async run(cell, ...args) {
        if (cell.phase === "tune" && cell.method === "sgd" && cell.search!.index === 3 && cell.seed === 0) {
          broken = cell.id;
          return Promise.resolve({ state: "failed", reason: "out of memory" });
        }
        return executor.run(cell, ...args);
      },
    });
    const { outcome, plan } = await run(configOf(), name, failing);
    // The run, two of the next index, and the trial.
    expect(outcome.failed.map(({ id }) => id)).toHaveLength(4);
    expect(outcome.failed[1]!.reason).toBe(`needs run ${broken}, which failed`);
    expect(outcome.done).toBe(18);
    const resumed = await run(configOf(), name);
    expect(resumed.outcome).toMatchObject({ done: 4, failed: [] });
    expect(chosen(resumed)).toEqual(chosen(await run(configOf())));
    expect(plan.cells).toEqual(resumed.plan.cells);
  });

  test("a budget in minutes ends it by recorded times; what is left is skipped and no result", async () => {
    const config = configOf("tuning.budget={minutes: 1.0e-9, atMost: 4}", "methods=[sgd]");
    const ran = await run(config);
    expect(ran.outcome).toMatchObject({ done: 9, skipped: 6, failed: [] });
    expect(ran.records().map(({ state }) => state)).toEqual(["done", "done", ...Array<string>(6).fill("skipped")]);
    expect(tuned(ran.plan, config, ran.store)[0]).toMatchObject({ runs: 2 });
    const long = await run(configOf("tuning.budget={minutes: 60, atMost: 3}", "methods=[sgd]"));
    expect(long.outcome).toMatchObject({ done: 7, skipped: 0 });
    expect(chosen(long).slice(0, 4)).toEqual(chosen(await run(configOf("methods=[sgd]"))).slice(0, 4));
  });

  test("a search that other times were recorded for ends elsewhere, and goes on exactly there", async () => {
    const config = configOf("tuning.budget={minutes: 1, atMost: 4}", "methods=[sgd]", "tuning.seeds=1");
    const plan = makePlan(config, dataFolder);
    const store = openRunStore(join(folder, "timed"), "tiny");
    const slow = (executor: CellExecutor): CellExecutor => ({
      ...executor,
      async run(cell, ...args) {
        const result = await executor.run(cell, ...args);
        const record = store.read(cell.id);
        if (record.state !== "done") return result;
        rmSync(join(folder, "timed", "tiny", "runs", cell.id), { recursive: true });
        store.write({ ...record, timings: { ...record.timings, wallMilliseconds: 31_000 } }, []);
        return result;
      },
    });
    const { outcome } = await run(config, "timed", slow);
    expect(outcome).toMatchObject({ skipped: 2 });
    expect(tuneCells(plan).map(({ id }) => store.read(id).state)).toEqual(["done", "done", "skipped", "skipped"]);
  });
});

describe("a grid that may grow", () => {
  const gridOf = (learningRate: readonly number[], ...set: string[]): ResolvedConfig => {
    const training = { steps: 40, aucWindowSteps: 2 };
    const text = tiny({ training, methods: ["sgd"], tuning: { seeds: undefined, space: { learningRate } } });
    return loadConfig({ config: write(text), set });
  };

  test("does so while its best point lies on the edge, and then records what is not needed as skipped", async () => {
    const config = gridOf([1e-5, 1e-4], "tuning.extendGrid=true");
    const { plan, records, store, outcome } = await run(config);
    const all = records();
    expect(outcome.failed).toEqual([]);
    expect(all).toHaveLength(5);
    const rates = all.map(({ selected, state }) => (state === "skipped" ? "skipped" : selected!.learningRate));
    expect(rates.slice(0, 2)).toEqual([1e-5, 1e-4]);
    expect(rates).toContain(1e-3);
    const [best] = tuned(plan, config, store);
    const tried = rates.filter((rate): rate is number => typeof rate === "number");
    const [low, high] = [Math.min(...tried), Math.max(...tried)];
    if (rates.includes("skipped")) expect([low, high]).not.toContain(best!.point.learningRate);
    else expect(tried).toHaveLength(5);
    expect(best!.gridEdge.length > 0).toBe([low, high].includes(best!.point.learningRate));
  });

  test("has the runs of the grid that may not", () => {
    const ids = (...set: string[]): string[] =>
      tuneCells(makePlan(gridOf([0.1, 0.01], ...set), dataFolder)).map(({ id }) => id);
    expect(ids("tuning.extendGrid=true").slice(0, 2)).toEqual(ids());
    expect(() => configOf("tuning.extendGrid=true")).toThrow(
      /tuning\.extendGrid: given true, which has no effect: tuning\.strategy is bayes/,
    );
  });
});

describe("early stopping", () => {
  const config = configOf(
    "tuning.strategy=random",
    "tuning.budget=6",
    "tuning.earlyStopping={kind: successive-halving, eta: 2, minSteps: 1}",
    "methods=[sgd]",
  );

  test("all points have short runs, the best of them longer ones, and a whole run wins", async () => {
    const ran = await run(config);
    expect(ran.outcome.failed).toEqual([]);
    const rungs = [0, 1, 2].map((rung) =>
      ran.records().filter(({ cell }) => cell.phase === "tune" && cell.search!.rung === rung),
    );
    expect(rungs.map((records) => records.length)).toEqual([12, 6, 2]);
    expect(rungs.map(([first]) => first!.counts.steps)).toEqual([1, 2, 4]);
    const mean = (records: readonly RunRecord[], learningRate: number): number =>
      meanOf(records.filter(({ selected }) => selected!.learningRate === learningRate));
    const ratesOf = (records: readonly RunRecord[]): number[] => [
      ...new Set(records.map(({ selected }) => selected!.learningRate)),
    ];
    for (const [shorter, longer] of [
      [rungs[0]!, rungs[1]!],
      [rungs[1]!, rungs[2]!],
    ] as const) {
      const kept = ratesOf(longer);
      const left = ratesOf(shorter).filter((rate) => !kept.includes(rate));
      for (const rate of left)
        for (const better of kept) expect(mean(shorter, better)).toBeGreaterThanOrEqual(mean(shorter, rate));
    }
    const [winner] = tuned(ran.plan, config, ran.store);
    expect(winner!.point.learningRate).toBe(rungs[2]![0]!.selected!.learningRate);
    expect(winner!.steps).toBe(12 + 12 + 8);
    expect(sensitivities(ran.plan, config, ran.store)[0]!.bins).toHaveLength(3);
  });
});
