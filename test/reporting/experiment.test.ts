import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { EXIT } from "../../src/core/errors.js";
import { readExperiment } from "../../src/reporting/experiment.js";
import { scratchFolder, userError } from "../support/folder.js";
import { CELLS, PLAN, records, writeExperiment } from "./fixtures.js";

const results = scratchFolder();
const other = { name: "small", trials: 9 };
const [first, ...rest] = records({ config: { ...PLAN.config } });
writeExperiment(results, [{ ...first!, config: other }, ...rest]);

test("equal configs of the records are the plan's own; others stay what they are", () => {
  const { plan, records: read } = readExperiment(results, "small");
  expect(read.get(CELLS.tune.id)!.config).toEqual(other);
  for (const { id, config } of read.values()) if (id !== CELLS.tune.id) expect(config).toBe(plan.config);
});

test("records are read when they are asked for, and once", () => {
  const experiment = readExperiment(results, "small");
  const { records: read } = readExperiment(results, "small");
  const damaged = join(results, "small", "runs", CELLS.tune.id, "record.json");
  writeFileSync(damaged, "{");
  expect(experiment.plan.experiment).toBe("small");
  expect(read.size).toBe(8);
  const error = userError(() => experiment.records);
  expect(error.exitCode).toBe(EXIT.data);
  expect(error.message).toContain(`${damaged}: not valid JSON`);
});
