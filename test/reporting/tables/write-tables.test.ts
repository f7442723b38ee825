import type * as Fs from "node:fs";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { readExperiment } from "../../../src/reporting/experiment.js";
import { writeLatestTables, writeTables } from "../../../src/reporting/tables/write.js";
import { openRunStore } from "../../../src/records/store.js";
import { record } from "../../records/fixtures.js";
import { scratchFolder } from "../../support/folder.js";
import { CELLS, records, writeExperiment } from "../fixtures.js";
import { SHOWS } from "../../support/studies.js";

const meanwhile = vi.hoisted(() => ({ act: (): void => undefined }));
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof Fs>();
  const renameSync = (from: string, to: string): void => {
    const { act } = meanwhile;
    meanwhile.act = () => undefined;
    act();
    fs.renameSync(from, to);
  };
  return { ...fs, renameSync };
});

test("tables that another process's record overtook are written again", () => {
  const results = scratchFolder();
  writeExperiment(results, records());
  const last = record(CELLS.adam15[1], { testAccuracy: 0.5, auc: 3 });
  const { store } = readExperiment(results, "small");
  meanwhile.act = () => openRunStore(results, "small").write(last, []);
  writeLatestTables(results, "small", SHOWS);
  const written = readFileSync(join(store.folder, "runs.csv"), "utf8");
  expect(written).toContain(last.id);
  writeTables(readExperiment(results, "small"), SHOWS, true);
  expect(readFileSync(join(store.folder, "runs.csv"), "utf8")).toBe(written);
});
