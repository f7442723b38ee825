import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { listAnalysed, openAnalysisStore } from "../../src/records/analysis-store.js";
import { NUMERICS } from "../../src/records/numerics.js";
import { scratchFolder } from "../support/folder.js";
import { runIdOf } from "./fixtures.js";
import { landscapeKind, type Landscape } from "../../src/studies/landscape/record.js";

const landscape: Landscape = {
  schemaVersion: 1,
  numerics: NUMERICS,
  id: runIdOf(1),
  kind: "landscape",
  experiment: "small",
  preset: "paper",
  configHash: "fedcba9876543210",
  config: { name: "small" },
  settings: { points: 3 },
  runs: [runIdOf(2)],
  engine: null,
  hardware: { cpu: "some", cores: 2, memoryBytes: 8e9 },
  git: null,
  dataTag: "real",
  startedAt: "2025-01-01T00:00:00.000Z",
  finishedAt: "2025-01-01T00:00:01.000Z",
  wallMilliseconds: 1000,
  method: "sgd",
  dataset: "mnist",
  trial: 0,
  images: 10,
  loss: 0.5,
  rise: Infinity,
};
const rows = [
  { t: -1, loss: Infinity },
  { t: 0, loss: 0.5 },
  { t: 1, loss: 0.75 },
];

describe("analyses on disk", () => {
  test("come back as they were written, infinite numbers too", () => {
    const results = scratchFolder();
    const store = openAnalysisStore(join(results, "small"));
    expect(store.list()).toEqual([]);
    expect(listAnalysed(results)).toEqual([]);
    store.write(landscapeKind, landscape, { landscape: rows });
    expect(store.list()).toEqual([landscape.id]);
    expect(listAnalysed(results)).toEqual(["small"]);
    expect(store.read(landscapeKind, landscape.id)).toEqual(landscape);
    expect(store.series<typeof landscapeKind>(landscape, "landscape")).toEqual(rows);
  });

  test("are never overwritten", () => {
    const store = openAnalysisStore(join(scratchFolder(), "small"));
    store.write(landscapeKind, landscape, { landscape: rows });
    expect(() => store.write(landscapeKind, landscape, { landscape: [] })).toThrow("never overwritten");
    expect(store.series<typeof landscapeKind>(landscape, "landscape")).toEqual(rows);
  });

  test("without a record are not finished", () => {
    const store = openAnalysisStore(join(scratchFolder(), "small"));
    store.write(landscapeKind, landscape, { landscape: rows });
    expect(existsSync(join(store.folderOf(landscape.id), "landscape.csv"))).toBe(true);
    expect(store.has(runIdOf(9))).toBe(false);
  });

  test("that are damaged name the file and the hint", () => {
    const store = openAnalysisStore(join(scratchFolder(), "small"));
    store.write(landscapeKind, landscape, { landscape: rows });
    writeFileSync(join(store.folderOf(landscape.id), "record.json"), '{"schemaVersion": 1, "kind": "landscape"}');
    expect(() => store.read(landscapeKind, landscape.id)).toThrow(
      /record\.json.*\n.*the record of an analysis\n.*delete/,
    );
  });
});
