import { expect, test } from "vitest";
import { join } from "node:path";
import { openAnalysisStore } from "../../../src/records/analysis-store.js";
import { NUMERICS } from "../../../src/records/numerics.js";
import { readExperiment } from "../../../src/reporting/experiment.js";
import { paperFiles } from "../../../src/reporting/paper/paper-files.js";
import { PLAN, records, writeExperiment } from "../fixtures.js";
import { scratchFolder } from "../../support/folder.js";
import { analysis } from "./fixtures.js";
import { SHOWS } from "../../support/studies.js";
import { stepTimesKind, type StepTimes } from "../../../src/studies/cost/record.js";

test("claims of other experiments are with the analyses that decide them; both panels of a table are in one file", () => {
  const results = scratchFolder();
  writeExperiment(results, records(), { ...PLAN, config: { name: "small", experiment: "E5" } });
  const time = { std: 1, blocks: 10, blockSteps: 10, gradient: 1, preconditioning: 1, update: 1 };
  const rows = [
    { method: "kfac/every-step", mean: 300, ...time },
    { method: "metamd", mean: 100, ...time },
  ];
  const { record } = analysis({ kind: "step-times", batchSize: 64, image: "224x224x3", rows } as never);
  openAnalysisStore(join(results, "small")).write(stepTimesKind, record as StepTimes, {});
  const files = paperFiles(readExperiment(results, "small"), SHOWS);
  expect(Object.keys(files)).toEqual([
    ...["claims.csv", "table4_vs_paper.csv", "table6_vs_paper.csv", "table7_vs_paper.csv", "table9_vs_paper.csv"],
  ]);
  const claims = files["claims.csv"]!.trim().split("\n").slice(1);
  expect(claims.map((line) => line.split(",")[0])).toEqual([
    ...["C4.4", "C5.1", "C5.2", "C5.3", "C5.4", "C5.5", "C5.6", "C5.7"],
  ]);
  expect(claims[0]).toMatch(new RegExp(`,reproduced,\\S+,unknown,${record.id},"?True at .*,${NUMERICS}$`));
  expect(claims[1]).toMatch(/,not run,,unknown,,"?Not run: .*,2$/);

  const tuned = join(scratchFolder(), "tuned");
  writeExperiment(tuned, records(), { ...PLAN, config: { name: "small", experiment: "E8" } });
  expect(Object.keys(paperFiles(readExperiment(tuned, "small"), SHOWS))).toEqual(["claims.csv", "table8_vs_paper.csv"]);
});
