import { expect, test } from "vitest";
import { report } from "../../../src/reporting/report/report.js";
import { plan, record, trialCell, tuneCell } from "../../records/fixtures.js";
import { scratchFolder } from "../../support/folder.js";
import { writeExperiment } from "../fixtures.js";
import { SHOWS } from "../../support/studies.js";

const HOLDOUT = "rotated-mnist/0";

/** The page of one search of two points, whose trial chose the first. */
async function pageOf(accuracies: readonly [number, number], gridEdge: string[]): Promise<string> {
  const tune = [0.1, 0.01].map((learningRate, i) => tuneCell(1 + i, "sgd", HOLDOUT, learningRate));
  const trial = trialCell(3, "sgd", HOLDOUT, 0);
  const counts = { steps: 100, epochs: 1, testReads: 0, images: 1000 };
  const selected = { learningRate: 0.1, weightDecay: 1e-4, gridEdge };
  const results = scratchFolder();
  const held = tune.map((cell, i) =>
    record(
      cell,
      { validationAccuracy: accuracies[i]!, finalTrainLoss: 1 + i },
      { counts, selected: { ...selected, learningRate: cell.learningRate!, gridEdge: [] } },
    ),
  );
  writeExperiment(
    results,
    [...held, record(trial, { testAccuracy: 0.5 }, { selected })],
    plan([...tune, trial], { holdouts: [HOLDOUT] }),
  );
  const page = await report(results, SHOWS);
  return page.slice(page.indexOf('id="tuning-small"'), page.indexOf('id="failures"'));
}

test("tuning shows by how many images a point was chosen, marked where the training loss decided", async () => {
  const clear = await pageOf([0.9, 0.8], []);
  expect(clear).toContain("Images ahead");
  expect(clear).toMatch(/>100\.0<\/td>/);
  expect(clear).not.toContain("lowest training loss");
  const tied = await pageOf([0.9, 0.905], []);
  expect(tied).toMatch(/>-5\.0<sup>b<\/sup><\/td>/);
  expect(tied).toContain("of these it has the lowest training loss");
});

test("tuning marks the edge of the space, which the trials record", async () => {
  const text = "On the edge of the searched space";
  expect(await pageOf([0.9, 0.8], [])).not.toContain(text);
  const edge = await pageOf([0.9, 0.8], ["learningRate:high"]);
  expect(edge).toContain(text);
  expect(edge).toMatch(/>0\.1<sup>a<\/sup><\/td>/);
});
