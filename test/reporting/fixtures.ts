import { join } from "node:path";
import { packageRoot } from "../../src/core/files.js";
import { readEvidence } from "../../src/reporting/evidence.js";
import type { Evidence } from "../../src/reporting/study-show.js";
import { openRunStore } from "../../src/records/store.js";
import type { Plan } from "../../src/records/plan.js";
import type { RunRecord } from "../../src/records/record.js";
import type { TriedPoint } from "../../src/reporting/tuning-trace.js";
import { plan, record, trialCell, tuneCell } from "../records/fixtures.js";
import { SHOWS } from "../support/studies.js";

const [ZERO, FIFTEEN] = ["rotated-mnist/0", "rotated-mnist/15"] as const;
export const CELLS = {
  tune: tuneCell(1, "sgd", ZERO, 0.1),
  sgd0: [trialCell(2, "sgd", ZERO, 0), trialCell(3, "sgd", ZERO, 1)],
  sgd15: [trialCell(4, "sgd", FIFTEEN, 0), trialCell(5, "sgd", FIFTEEN, 1)],
  adam0: [trialCell(6, "adam", ZERO, 0), trialCell(7, "adam", ZERO, 1)],
  adam15: [trialCell(8, "adam", FIFTEEN, 0), trialCell(9, "adam", FIFTEEN, 1)],
} as const;
export const PLAN = plan([CELLS.tune, ...CELLS.sgd0, ...CELLS.sgd15, ...CELLS.adam0, ...CELLS.adam15]);

const SELECTED = { learningRate: 0.1, weightDecay: 1e-4, gridEdge: ["learningRate:high"] };

/** sgd is complete; adam diverged once on the first holdout and has one trial, without AUC, on the second. */
export function records(more: Partial<RunRecord> = {}): RunRecord[] {
  return [
    record(CELLS.tune, { validationAccuracy: 0.5, auc: 9 }, more),
    record(CELLS.sgd0[0], { testAccuracy: 0.5, auc: 1 }, more),
    record(CELLS.sgd0[1], { testAccuracy: 0.75, auc: 2 }, more),
    record(CELLS.sgd15[0], { testAccuracy: 0.25, auc: 4 }, more),
    record(CELLS.sgd15[1], { testAccuracy: 0.25, auc: 4.5 }, more),
    record(CELLS.adam0[0], { testAccuracy: 0.625, auc: 3 }, more),
    record(
      CELLS.adam0[1],
      { testAccuracy: 0.1, auc: Infinity, lastTrainLoss: NaN },
      { ...more, state: "diverged", selected: { ...SELECTED, margin: { images: -2.5, errorImages: 7.0625, tied: 3 } } },
    ),
    record(CELLS.adam15[0], { testAccuracy: 0.375 }, more),
  ];
}

/** Writes an experiment's plan and records. */
export function writeExperiment(results: string, held: readonly RunRecord[], written: Plan = PLAN): void {
  const store = openRunStore(results, written.experiment);
  store.writePlan(written);
  for (const one of held)
    store.write(one, [
      { step: 50, epoch: 0.5, trainLoss: 1.5, wallMilliseconds: 125 },
      { step: 100, epoch: 1, trainLoss: 0.25, testAccuracy: one.metrics.testAccuracy, wallMilliseconds: 250 },
    ]);
}

/** What the fixtures hold: runs and analyses that the program made. */
export const fixtureEvidence = (): Evidence => readEvidence(join(packageRoot(), "test/fixtures/results"), SHOWS);

/** A point that tuning tried, with one run. */
export function triedPoint(
  method: string,
  holdout: string,
  learningRate: number,
  weightDecay: number,
  accuracy: number,
  more: Partial<TriedPoint> = {},
): TriedPoint {
  const cell = { ...tuneCell(1, method, holdout, learningRate), weightDecay };
  return {
    method,
    title: method,
    holdout,
    index: 0,
    rung: undefined,
    point: { learningRate, weightDecay },
    runs: [record(cell, { validationAccuracy: accuracy })],
    planned: 1,
    accuracy,
    diverged: 0,
    steps: 100,
    wallMilliseconds: 1,
    acquisition: undefined,
    loss: 1,
    atChance: 0,
    winner: false,
    margin: undefined,
    ...more,
  };
}
