import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { EXIT, UserError } from "../../../src/core/errors.js";
import { loadConfig } from "../../../src/config/load.js";
import { makePlan } from "../../../src/runs/plan/make-plan.js";
import { selectCells } from "../../../src/runs/plan/select-cells.js";
import type { Plan } from "../../../src/records/plan.js";
import { BASE, configWriter } from "../../config/fixtures.js";
import { scratchFolder } from "../../support/folder.js";

const folder = scratchFolder();
const write = configWriter(folder);
const planOf = (text = BASE, ...set: string[]): Plan =>
  makePlan(loadConfig({ config: write(text), set }), join(folder, "datasets"));
const idsOf = ({ cells }: Plan): string[] => cells.map(({ id }) => id);

describe("plan", () => {
  const plan = planOf();

  test("has every run of every holdout, in the order in which they can be run", () => {
    // Per holdout: one meta-training; 2 + 1 + 2 points; 3 methods x 2 trials. Tuning seeds: as many as the config says.
    const count = (phase: string): number => plan.cells.filter((cell) => cell.phase === phase).length;
    const seeds = loadConfig({ config: write(BASE) }).tuning.seeds;
    expect(count("meta-train")).toBe(2);
    expect(count("tune")).toBe(2 * 5 * seeds);
    expect(count("trial")).toBe(2 * 3 * 2);
    const seen = new Set<string>();
    for (const { id, dependsOn } of plan.cells) {
      for (const needed of dependsOn) expect(seen).toContain(needed);
      expect(seen).not.toContain(id);
      seen.add(id);
    }
  });

  test("no method is learned on the domain it is tested on", () => {
    for (const cell of plan.cells) expect(cell.metaTrain).not.toContain(cell.holdout);
    for (const cell of plan.cells.filter(({ phase }) => phase === "meta-train")) expect(cell.metaTrain).toHaveLength(1);
  });

  test("ids depend on what decides numbers, and on nothing else", () => {
    const same = [
      planOf(),
      planOf(BASE.replace("name: small", "name: other")),
      planOf(`${BASE}title: Another title\n`),
    ];
    for (const other of same) expect(idsOf(other)).toEqual(idsOf(plan));
    const different = [
      planOf(BASE, "training.steps=99"),
      planOf(BASE, "model.hidden=[9]"),
      planOf(BASE, "seed=1"),
      planOf(BASE, "suite.limits={trainImages: 50}"),
      planOf(BASE, "training.batchSize=10"),
    ];
    for (const other of different) {
      const common = idsOf(other).filter((id) => idsOf(plan).includes(id));
      // The number of steps of a meta-training is its own, so it may stay.
      expect(common.filter((id) => plan.cells.find((cell) => cell.id === id)!.phase !== "meta-train")).toEqual([]);
    }
  });

  test("classes of a task are part of a meta-training's id, where they are given", () => {
    const headless = "metaTraining.metamd.includeHead=false";
    const known = idsOf(planOf(BASE, headless));
    const fewer = planOf(BASE, headless, "suite.classesPerTask=5").cells.filter(({ id }) => !known.includes(id));
    expect(new Set(fewer.map(({ phase, method }) => `${phase} ${method}`))).toEqual(
      new Set(["meta-train metamd", "tune metamd", "trial metamd"]),
    );
  });

  test("another point or method leaves the other runs their ids", () => {
    const more = planOf(BASE.replace("[sgd, adam, metamd]", "[adam, rmsprop, metamd, sgd]"));
    for (const cell of plan.cells) expect(idsOf(more)).toContain(cell.id);
  });

  test("methods that are learned alike share one meta-training", () => {
    const both = planOf(BASE.replace("[sgd, adam, metamd]", "[metamd, metamd_momentum]"));
    expect(both.cells.filter(({ phase }) => phase === "meta-train")).toHaveLength(2);
  });

  test("a change of meta-training reaches all that builds on it", () => {
    const other = planOf(`${BASE}metaTraining: { metamd: { outerSteps: 3 } }\n`);
    const [was, is] = [plan, other].map((held) =>
      held.cells.filter(({ method }) => method === "metamd").map(({ id }) => id),
    );
    expect(is!.filter((id) => was!.includes(id))).toEqual([]);
  });
});

describe("data that are not here", () => {
  const MIXED = BASE.replace("synthetic-rotated/15]", "mnist, rotated-mnist/15]");
  const planned = (text: string, skipMissing?: boolean): Plan =>
    makePlan(loadConfig({ config: write(text) }), join(folder, "datasets"), skipMissing);
  const refusal = (text: string, skipMissing?: boolean): UserError => {
    try {
      planned(text, skipMissing);
    } catch (error) {
      if (error instanceof UserError) return error;
      throw error;
    }
    throw new Error("not refused");
  };

  test("are all named before anything starts, each dataset once, with the command that gets it", () => {
    const error = refusal(MIXED);
    expect(error.exitCode).toBe(EXIT.data);
    expect(error.faults).toHaveLength(1);
    expect(error.message).toMatch(
      /not imported, missing train-images[^]*metamd data fetch mnist, or metamd data import mnist PATH/,
    );
  });

  test("can be left out: neither tested nor learned on", () => {
    const three = MIXED.replace("[synthetic-rotated/0,", "[synthetic-rotated/0, synthetic-rotated/30,");
    const plan = planned(three, true);
    expect(plan.missing.map(({ domain }) => domain)).toEqual(["mnist", "rotated-mnist/15"]);
    expect(plan.holdouts).toEqual(["synthetic-rotated/0", "synthetic-rotated/30", "mnist", "rotated-mnist/15"]);
    const used = plan.cells.flatMap(({ metaTrain, holdout }) => [...metaTrain, holdout!]);
    expect([...new Set(used)].sort()).toEqual(["synthetic-rotated/0", "synthetic-rotated/30"]);
    expect(() => selectCells(plan, { holdout: "mnist" })).toThrow(/--holdout: mnist, whose data are missing/);
    expect(planned(BASE, true)).toEqual(planned(BASE));
  });

  test("leave enough for an experiment, or it is refused", () => {
    expect(refusal(MIXED, true).message).toMatch(
      /--skip-missing: without mnist, rotated-mnist\/15 no domain is left to learn metamd on for synthetic-rotated\/0/,
    );
    const nothing = BASE.replace("synthetic-rotated/0, synthetic-rotated/15", "mnist, rotated-mnist/15");
    expect(refusal(nothing, true).message).toContain("no domain is left to test on");
  });
});

describe("selection", () => {
  const plan = planOf();

  test("takes what it needs along", () => {
    const cells = selectCells(plan, { phases: ["trial"], holdout: "synthetic-rotated/15", method: "metamd" });
    expect(new Set(cells.map(({ phase }) => phase))).toEqual(new Set(["meta-train", "tune", "trial"]));
    expect(new Set(cells.map(({ holdout }) => holdout))).toEqual(new Set(["synthetic-rotated/15"]));
    expect(new Set(cells.map(({ method }) => method))).toEqual(new Set(["metamd"]));
  });

  test("everything, or one phase", () => {
    expect(selectCells(plan, {})).toEqual(plan.cells);
    expect(selectCells(plan, { phases: ["meta-train"] })).toHaveLength(2);
  });

  test("the meta-training of a method is that of the learned file it shares", () => {
    const shared = planOf(BASE.replace("[sgd, adam, metamd]", "[sgd, aruba_plus]"));
    const cells = selectCells(shared, { phases: ["meta-train"], method: "aruba_plus" });
    expect(cells.map(({ method }) => method)).toEqual(["aruba", "aruba"]);
  });

  test("a method that has nothing of what is asked for is an error that names those that have", () => {
    const ask = (): unknown => selectCells(plan, { phases: ["meta-train"], method: "sgd" });
    expect(ask).toThrow(UserError);
    expect(ask).toThrow(/given sgd, which has no meta-train run\n {2}accepted: metamd\n/);
  });

  test("names the methods there are", () => {
    expect(() => selectCells(plan, { method: "adm" })).toThrow(UserError);
    expect(() => selectCells(plan, { method: "adm" })).toThrow(/adam/);
  });
});
