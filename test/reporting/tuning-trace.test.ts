import { parse } from "csv-parse/sync";
import { describe, expect, test } from "vitest";
import { sensitivityTable, traceLine, winnersTable } from "../../src/cli/shared/winners.js";
import type { Tuned } from "../../src/runs/search/tuned.js";
import type { TuneCell } from "../../src/records/plan.js";
import type { RunRecord } from "../../src/records/record.js";
import { NUMERICS } from "../../src/records/numerics.js";
import { boTraceCsv, tuningCsv } from "../../src/reporting/tables/experiment-files.js";
import { allTriedPoints, triedPoints } from "../../src/reporting/tuning-trace.js";
import { sensitivity } from "../../src/tuning/sensitivity.js";
import type { Score } from "../../src/tuning/score.js";
import { plan, record, tuneCell } from "../records/fixtures.js";

const HOLDOUT = "rotated-mnist/0";
/** A run of an adaptive search; accuracy undefined: diverged. */
function searched(index: number, seed: number, accuracy: number | undefined, rung?: number): [TuneCell, RunRecord] {
  const { learningRate, weightDecay, ...rest } = tuneCell(100 * (rung ?? 0) + 10 * index + seed, "sgd", HOLDOUT, 0);
  const search = rung === undefined ? { index } : { index, rung, steps: 10 };
  const cell: TuneCell = { ...rest, seed, search };
  const acquisition = index < 2 ? {} : { acquisition: 0.75 };
  const selected = {
    learningRate: (learningRate ?? 0) + 0.1 ** (index + 1),
    weightDecay: weightDecay!,
    gridEdge: [],
    ...acquisition,
  };
  const state = accuracy === undefined ? "diverged" : "done";
  const counts = { steps: 100, epochs: 2.5, testReads: 0, images: 800 };
  return [
    cell,
    record(cell, { validationAccuracy: accuracy ?? 0.1, finalTrainLoss: 0.5 }, { selected, state, counts }),
  ];
}
function experimentOf(runs: readonly [TuneCell, RunRecord][]) {
  const records = new Map(runs.map(([, one]) => [one.id, one]));
  return { plan: plan(runs.map(([cell]) => cell)), recordOf: (id: string) => records.get(id) };
}

describe("the points of a search", () => {
  const runs = [
    searched(0, 0, 0.5),
    searched(0, 1, 0.7),
    searched(1, 0, 0.8),
    searched(1, 1, undefined),
    searched(2, 0, 0.625),
    searched(2, 1, 0.625),
  ];
  const { plan: planned, recordOf } = experimentOf(runs);

  test("are means over the seeds; the best is the winner", () => {
    const points = triedPoints(planned, "sgd", HOLDOUT, recordOf);
    expect(
      points.map(({ index, accuracy, diverged, winner, steps }) => [index, accuracy, diverged, winner, steps]),
    ).toEqual([
      [0, 0.6, 0, false, 200],
      [1, 0.45, 1, false, 200],
      [2, 0.625, 0, true, 200],
    ]);
  });

  test("that are not finished are left out, those of one seed say so", () => {
    const some = triedPoints(planned, "sgd", HOLDOUT, (id) => (id === runs[0]![0].id ? recordOf(id) : undefined));
    expect(some).toHaveLength(1);
    expect(some[0]).toMatchObject({ planned: 2, accuracy: 0.5, winner: true });
    expect(some[0]!.runs).toHaveLength(1);
    expect(allTriedPoints(planned, () => undefined)).toEqual([]);
  });

  test("tuning.csv has a row each; bo_trace.csv has no times", () => {
    const points = allTriedPoints(planned, recordOf);
    const [, , row] = parse(tuningCsv(points, planned), { columns: true });
    const error = points[2]!.margin!.errorImages;
    expect(row).toEqual({
      method: "sgd",
      dataset: HOLDOUT,
      index: "2",
      rung: "",
      lr: String(0.1 ** 3),
      wd: "0.0001",
      seeds: "2",
      val_acc: "62.5",
      train_loss: "0.5",
      diverged: "0",
      at_chance: "0",
      steps: "200",
      wall_s: "0.508",
      acquisition: "75",
      winner: "1",
      margin_images: "20",
      error_images: String(error),
      tied: "1",
      numerics: String(NUMERICS),
    });
    // Of the variances .02 and 0; the point with a diverged run has none.
    expect(error).toBeCloseTo(800 * Math.sqrt(0.01 / (7 / 9) ** 3 / 2), 9);
    expect(parse(tuningCsv(points, planned), { columns: true })[1]).toMatchObject({
      diverged: "1",
      winner: "0",
      tied: "",
    });
    expect(boTraceCsv(points, planned).split("\n")[0]).toBe(
      "method,iteration,lr,wd,val_acc,acquisition,dataset,numerics",
    );
    expect(boTraceCsv(points, planned).split("\n")[3]).toBe(`sgd,2,${0.1 ** 3},0.0001,62.5,75,${HOLDOUT},${NUMERICS}`);
  });

  test("are told in a line each", () => {
    const [, second, third] = triedPoints(planned, "sgd", HOLDOUT, recordOf);
    expect(traceLine({ tried: second!, best: 0.6 })).toBe(
      "rotated-mnist/0 SGD 2: learning rate 0.01, weight decay 1e-4, validation 45.00 % (1 of 2 diverged), best 60.00 %",
    );
    expect(traceLine({ tried: { ...second!, atChance: 1, diverged: 0 }, best: 0.6 })).toContain(
      "45.00 % (1 of 2 at chance), best",
    );
    expect(traceLine({ tried: third!, best: 0.625 })).toBe(
      "rotated-mnist/0 SGD 3: learning rate 0.001, weight decay 1e-4, validation 62.50 %, bound 75.00 %, best 62.50 %",
    );
  });
});

test("the winners' table says by how many images, what decided, and which runs came to nothing", () => {
  const won = {
    method: "sgd",
    title: "SGD",
    holdout: HOLDOUT,
    point: { learningRate: 0.1, weightDecay: 1e-4 },
    meanAccuracy: 0.5,
    meanLoss: 1,
    runs: 3,
    diverged: 1,
    atChance: 1,
    steps: 600,
    wallMilliseconds: 500,
    gridEdge: ["learningRate:high"],
  } satisfies Partial<Tuned>;
  const row = (margin: Tuned["margin"]): string =>
    winnersTable([{ ...won, margin }])
      .split("\n")
      .at(-1)!;
  expect(winnersTable([{ ...won, margin: undefined }])).toMatch(/validation % +images ahead +runs/);
  expect(row({ images: 12.5, errorImages: 7.1, tied: 0 })).toMatch(
    /50\.00 +12\.5 +3 \(1 diverged, 1 at chance\) +600 +0\.5 +learningRate:high$/,
  );
  expect(row({ images: -2.5, errorImages: 7.1, tied: 2 })).toMatch(/50\.00 +-2\.5, 2 tied: lower training loss +3 /);
});

test("the winner of an early-stopped search is one of its last rung, whatever shorter runs had", () => {
  const { plan: planned, recordOf } = experimentOf([
    searched(0, 0, 0.9, 0),
    searched(1, 0, 0.8, 0),
    searched(1, 0, 0.7, 1),
  ]);
  const points = triedPoints(planned, "sgd", HOLDOUT, recordOf);
  expect(points.map(({ rung, index, winner }) => [rung, index, winner])).toEqual([
    [0, 0, false],
    [0, 1, false],
    [1, 1, true],
  ]);
});

describe("sensitivity", () => {
  const at = (learningRate: number, weightDecay: number, meanAccuracy: number): Score => ({
    point: { learningRate, weightDecay },
    meanAccuracy,
    meanLoss: 1,
    runs: 1,
    diverged: 0,
    atChance: 0,
  });

  test("of a list is the best accuracy by value", () => {
    const scores = [at(0.1, 0, 0.5), at(0.1, 1e-4, 0.75), at(0.01, 0, 0.25)];
    expect(sensitivity(scores, { learningRate: [0.1, 0.01, 0.001], weightDecay: [0, 1e-4] })).toEqual([
      {
        axis: "learningRate",
        bins: [
          { from: 0.001, to: 0.001, best: undefined },
          { from: 0.01, to: 0.01, best: 0.25 },
          { from: 0.1, to: 0.1, best: 0.75 },
        ],
        range: 0.5,
      },
      {
        axis: "weightDecay",
        bins: [
          { from: 0, to: 0, best: 0.5 },
          { from: 1e-4, to: 1e-4, best: 0.75 },
        ],
        range: 0.25,
      },
    ]);
  });

  test("of a range is the best accuracy by decade", () => {
    const box = { learningRate: { from: 1e-2, to: 1 }, weightDecay: { from: 1e-4, to: 1e-4 } };
    const [rates, decays] = sensitivity([at(0.01, 1e-4, 0.5), at(0.5, 1e-4, 0.75), at(1, 1e-4, 0.25)], box);
    expect(rates!.bins.map(({ best }) => best)).toEqual([0.5, 0.75]);
    expect(rates!.bins[0]!.to).toBeCloseTo(0.1, 12);
    expect(decays).toEqual({ axis: "weightDecay", bins: [{ from: 1e-4, to: 1e-4, best: 0.75 }], range: 0 });
    expect(sensitivityTable([{ ...rates!, method: "sgd", title: "SGD" }])).toContain("0.01..0.1: 50.00  0.1..1: 75.00");
  });
});
