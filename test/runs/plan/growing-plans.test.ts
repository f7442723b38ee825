import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../../../src/config/load.js";
import type { Plan } from "../../../src/records/plan.js";
import type { RunRecord } from "../../../src/records/record.js";
import { openRunStore } from "../../../src/records/store.js";
import { readExperiment } from "../../../src/reporting/experiment.js";
import { meansOf } from "../../../src/reporting/measured/measurements.js";
import { METRICS, measureTrials } from "../../../src/reporting/measured/trials.js";
import { metaTest, plan, run, status, tune } from "../../../src/runs/index.js";
import { scratchFolder, userError } from "../../support/folder.js";
import { smallExperiment } from "../../support/small-experiment.js";

const folder = scratchFolder();
const config = join(folder, "small.yaml");
writeFileSync(config, smallExperiment({ training: { steps: 20 }, model: { hidden: [8] } }));
const SOBOL = [
  "tuning.strategy=sobol",
  "tuning.space.learningRate={from: 0.001, to: 0.1}",
  "tuning.space.weightDecay={from: 1.0e-5, to: 1.0e-3}",
  "tuning.seeds=1",
];
const LOO = ["suite.protocol=leave-one-out"];
const planOf = (name: string, ...set: string[]): Plan =>
  plan(loadConfig({ config, set }), { results: join(folder, name), data: folder });
const begin = (name: string, ...set: string[]): Plan => {
  const made = planOf(name, ...set);
  openRunStore(join(folder, name), "small").writePlan(made);
  return made;
};
const idsOf = ({ cells }: Plan, phase?: string): string[] =>
  cells.flatMap((cell) => (phase === undefined || cell.phase === phase ? [cell.id] : []));

describe("an experiment grows", () => {
  test.each([
    ["more trials", [], ["trials=4"], undefined],
    ["more methods", [], ["methods=[sgd,adam,rmsprop]"], undefined],
    [
      "more holdouts",
      LOO,
      [...LOO, "suite.domains=[synthetic-rotated/0,synthetic-rotated/15,synthetic-rotated/30]"],
      undefined,
    ],
    ["more points of a grid", [], ["tuning.space.learningRate=[0.1,0.01]"], "tune"],
    ["a grid of its own for a method", [], ["tuning.space.methods.adam.learningRate=[0.01,0.001]"], "tune"],
    ["more tuning seeds", [], ["tuning.seeds=2"], "tune"],
    ["a grid that may extend", [], ["tuning.extendGrid=true"], "tune"],
    ["a larger budget", [...SOBOL, "tuning.budget=2"], [...SOBOL, "tuning.budget=5"], "tune"],
    ["labels", [], ["title=other", "experiment=E2", "table=table1_top"], undefined],
  ])("%s: what is there serves", (name, before, after, phase) => {
    const held = begin(name, ...before);
    const grown = planOf(name, ...after);
    const ids = idsOf(grown);
    expect(ids.length).toBeGreaterThanOrEqual(held.cells.length);
    for (const id of idsOf(held, phase)) expect(ids).toContain(id);
    openRunStore(join(folder, name), "small").writePlan(grown);
    expect(openRunStore(join(folder, name), "small").plan()).toEqual(grown);
  });

  test.each([
    ["fewer trials", ["trials=3"], ["trials=2"], "a smaller plan: trials 2", "--set trials=3"],
    [
      "a smaller budget",
      [...SOBOL, "tuning.budget=5"],
      [...SOBOL, "tuning.budget=3"],
      "a smaller plan: tuning.budget 3",
      "--set tuning.budget=5",
    ],
    ["fewer methods", [], ["methods=[sgd]"], 'a smaller plan: methods ["sgd"]', '--set methods=["sgd","adam"]'],
    [
      "another grid",
      [],
      ["tuning.space.learningRate=[0.1]"],
      "a smaller plan: tuning.space.learningRate [0.1]",
      "--set tuning.space.learningRate=[0.01]",
    ],
    ["another length", [], ["training.steps=30", "trials=5"], "another plan: training.steps 30\n", "undo the change"],
    [
      "other settings of a method",
      [],
      ["methodSettings.sgd.momentum=0.5"],
      "another plan: methodSettings.sgd.momentum 0.5",
      "undo the change",
    ],
    [
      "another range",
      [...SOBOL, "tuning.budget=2"],
      [...SOBOL.slice(0, 1), "tuning.space.learningRate={from: 0.01, to: 0.1}", ...SOBOL.slice(2), "tuning.budget=4"],
      "another plan: tuning.space.learningRate.from 0.01",
      "undo the change",
    ],
  ])("but not by %s, which names the keys with both values", (name, before, after, given, hint) => {
    begin(name, ...before);
    const { message, exitCode } = userError(() => planOf(name, ...after));
    expect(exitCode).toBe(2);
    expect(message).toContain(`plan.json: ${given}`);
    expect(message).toContain(hint);
  });

  test("other data are no growth", () => {
    const held = begin("data");
    const others = held.cells.map((cell) => ({ ...cell, id: cell.id.split("").reverse().join("") }));
    const grown = planOf("data", "trials=3");
    const store = openRunStore(join(folder, "data2"), "small");
    store.writePlan({ ...held, cells: others });
    expect(() => store.writePlan(grown)).toThrow("small");
  });
});

const runOptions = (name: string) =>
  ({ results: join(folder, name), data: folder, engine: "reference", jobs: 1 }) as const;

test("another window of the AUC: no run is repeated, and the tables have its areas", async () => {
  const first = loadConfig({ config });
  await run(first, runOptions("window"));
  const other = loadConfig({ config, set: ["training.aucWindowSteps=4"] });
  expect(await run(other, runOptions("window"))).toMatchObject({ done: 0, alreadyDone: 6 });
  const fresh = await run(other, runOptions("fresh"));
  expect(fresh.done).toBe(6);
  const [kept, made] = ["window", "fresh"].map((name) =>
    measureTrials(readExperiment(join(folder, name), "small"), METRICS.auc),
  );
  expect(meansOf(kept!.rows)).toEqual(meansOf(made!.rows));
  expect(await run(first, runOptions("window"))).toMatchObject({ done: 0, alreadyDone: 6 });
});

test("a larger grid: trials at a point that stays chosen serve, those at another are run", async () => {
  const of = async (name: string, rates: string): Promise<RunRecord[]> => {
    const larger = loadConfig({ config, set: [`tuning.space.learningRate=${rates}`, "methods=[sgd]"] });
    await run(larger, runOptions(name));
    return [...readExperiment(join(folder, name), "small").records.values()].filter(
      ({ cell }) => cell.phase === "trial",
    );
  };
  const results = (records: readonly RunRecord[]): unknown[] =>
    records.map(({ metrics, counts, data, selected }) => [metrics, counts, data, selected!.learningRate]);
  const [before, kept] = [await of("grid", "[0.01]"), await of("grid", "[0.01,1e-9]")];
  expect(kept.map(({ id }) => id)).not.toEqual(before.map(({ id }) => id));
  expect(kept.map(({ sameAs }) => sameAs)).toEqual(before.map(({ id }) => id));
  expect(results(kept)).toEqual(results(before));
  expect(kept.map(({ startedAt }) => startedAt)).toEqual(before.map(({ startedAt }) => startedAt));
  expect(results(kept)).toEqual(results(await of("anew", "[0.01,1e-9]")));
  const other = await of("grid", "[0.01,1e-9,0.3]");
  expect(other.map(({ sameAs }) => sameAs)).toEqual([undefined, undefined]);
  expect(other[0]!.selected!.learningRate).toBe(0.3);
  const store = openRunStore(join(folder, "grid"), "small");
  expect(store.curve(kept[0]!.id)).toEqual(store.curve(before[0]!.id));
});

test("status counts what was asked for, by whoever asked", async () => {
  const small = loadConfig({ config });
  const counted = async (): Promise<(number | undefined)[]> => {
    const { total, notAsked } = await status(join(folder, "asked", "small"));
    return [total.runs, total.done, notAsked];
  };
  await tune(small, { ...runOptions("asked"), method: "sgd" });
  expect(await counted()).toEqual([1, 1, 5]);
  await metaTest(small, { ...runOptions("asked"), method: "sgd" });
  expect(await counted()).toEqual([3, 3, 3]);
  await run(small, runOptions("asked"));
  expect(await counted()).toEqual([6, 6, undefined]);
  expect(readdirSync(join(folder, "asked", "small", "asked"))).toHaveLength(3);
  await run(small, runOptions("whole"));
  expect(readdirSync(join(folder, "whole", "small"))).not.toContain("asked");
});
