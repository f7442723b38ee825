import { join } from "node:path";
import { expect, test } from "vitest";
import { EXIT } from "../../../src/core/errors.js";
import { loadConfig } from "../../../src/config/load.js";
import { countDatasets } from "../../../src/studies/datasets/run.js";
import type { Counted } from "../../../src/studies/datasets/show.js";
import { openAnalysisStore } from "../../../src/records/analysis-store.js";
import { BASE, configWriter } from "../../config/fixtures.js";
import { scratchFolder, userError } from "../../support/folder.js";

const folder = scratchFolder();
const write = configWriter(folder);
const count = (text: string, ...set: string[]): Counted => {
  const config = loadConfig({ config: write(text), set });
  return countDatasets(config, join(folder, "no-data"), openAnalysisStore(join(folder, "results")));
};
const MIXED = BASE.replace("synthetic-rotated/15]", "mnist]");

test("every domain that is here is counted whole, and what is not here is named", () => {
  const { record, missing } = count(MIXED, "suite.limits={trainImages: 5, testImages: 3}");
  expect(record.rows).toHaveLength(1);
  const [row] = record.rows;
  expect(row).toMatchObject({ domain: "synthetic-rotated/0", group: "both", classes: 10, tag: "synthetic" });
  expect(row!.train).toBeGreaterThan(5);
  expect(row!.test).toBeGreaterThan(3);
  expect(row!.validation).toBeGreaterThan(0);
  expect(missing.map(({ domain }) => domain)).toEqual(["mnist"]);
  expect(missing[0]!.reason).toMatch(/not imported, missing train-images/);
});

test("says which domains are learned from and which are tested on", () => {
  const fixed = BASE.replace("protocol: leave-one-out", "protocol: { metaTest: [synthetic-rotated/15] }");
  const groups = count(fixed).record.rows.map(({ domain, group }) => `${domain} ${group}`);
  expect(groups).toEqual(["synthetic-rotated/0 meta_train", "synthetic-rotated/15 meta_test"]);
});

test("nothing at all is an error that says how to get data", () => {
  const none = BASE.replace("synthetic-rotated/0, synthetic-rotated/15", "mnist, rotated-mnist/15");
  const error = userError(() => count(none));
  expect(error.exitCode).toBe(EXIT.data);
  expect(error.message).toContain("none of the suite's domains is here");
  expect(error.message).toContain("accepted: mnist, rotated-mnist/15");
});
