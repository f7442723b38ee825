import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../../src/core/files.js";
import { loadConfig } from "../../../src/config/load.js";
import { metaParameters } from "../../../src/studies/cost/run.js";
import { openAnalysisStore } from "../../../src/records/analysis-store.js";
import { paperResults } from "../../../src/reporting/paper/paper-results.js";
import { scratchFolder } from "../../support/folder.js";

const folder = scratchFolder();
const count = (file: string, ...set: string[]): ReturnType<typeof metaParameters> => {
  const config = loadConfig({ config: join(packageRoot(), "configs", file), set });
  return metaParameters(config, join(folder, "no-data"), openAnalysisStore(join(folder, config.experimentFolder)));
};

test("the learned methods learn as many numbers for ResNet18 as they should, by its blocks", () => {
  const { modelParameters, rows } = count("high-resolution.yaml");
  const of = (method: string): number => rows.find((row) => row.method === method)!.count;
  expect(modelParameters).toBe(11_176_512);
  expect(of("meta_sgd")).toBe(11_176_512);
  expect(of("meta_curvature")).toBe(2_974_717);
  expect(of("aruba")).toBe(11_176_512);
  expect(of("metamd")).toBe(35_923);
  const { byBlock } = rows.find(({ method }) => method === "metamd")!;
  expect(Object.keys(byBlock)).toHaveLength(20);
  expect(byBlock["conv1.weight"]).toBe(64 + 3 * 7 * 7);
  expect(byBlock["layer4.1.conv2.weight"]).toBe(512 + 512 * 9);
  for (const { count, byBlock } of rows) expect(Object.values(byBlock).reduce((sum, one) => sum + one, 0)).toBe(count);
});

test("two of them are the printed counts; MetaMD's printed one is of no uniform factorisation", () => {
  const panel = paperResults().tables.find(({ id }) => id === "table9")!.panels[0]!;
  if (panel.metric !== "meta_parameter_count") throw new Error(panel.metric);
  const printed = (method: string): number => panel.rows[method]!.count!.mean;
  const { rows } = count("high-resolution.yaml");
  const of = (method: string): number => rows.find((row) => row.method === method)!.count;
  for (const method of ["meta_sgd", "meta_curvature"]) expect(of(method)).toBe(printed(method));
  expect(printed("metamd") - of("metamd")).toBe(1741);
});

test("the size of the classifier does not matter, the width does", () => {
  const whole = count("high-resolution.yaml");
  const other = count("high-resolution.yaml", "suite.limits={classes: 7}", "suite.classesPerTask=3");
  expect(other.rows).toEqual(whole.rows);
  expect(other.id).toBe(whole.id);
  const small = count("high-resolution.yaml", "model.width=16");
  expect(small.rows.find(({ method }) => method === "metamd")!.count).toBe(9091);
});
