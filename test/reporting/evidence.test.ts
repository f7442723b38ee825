import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { AnalysisOf } from "../../src/records/analysis.js";
import { openAnalysisStore } from "../../src/records/analysis-store.js";
import { NUMERICS } from "../../src/records/numerics.js";
import { analysesOf, experimentOf, readEvidence } from "../../src/reporting/evidence.js";
import { runIdOf } from "../records/fixtures.js";
import { scratchFolder } from "../support/folder.js";
import { PLAN, records, writeExperiment } from "./fixtures.js";

const landscape = (n: number, more: Partial<AnalysisOf<"landscape">> = {}): AnalysisOf<"landscape"> => ({
  schemaVersion: 1,
  numerics: NUMERICS,
  id: runIdOf(n),
  kind: "landscape",
  experiment: "small",
  preset: "paper",
  configHash: "fedcba9876543210",
  config: {},
  settings: { n },
  runs: [],
  engine: null,
  git: null,
  hardware: { cpu: "some", cores: 2, memoryBytes: 8e9 },
  wallMilliseconds: 1,
  startedAt: "2025-01-01T00:00:00.000Z",
  finishedAt: `2025-01-01T00:00:0${n}.000Z`,
  method: "sgd",
  dataset: "mnist",
  trial: 0,
  images: 10,
  loss: 0.5,
  rise: 1,
  ...more,
});

function write(results: string, all: readonly AnalysisOf<"landscape">[]): void {
  for (const one of all) openAnalysisStore(join(results, one.experiment)).write(one, { landscape: [] });
}

describe("analyses of a results folder", () => {
  test("of several of the same model the newest counts", () => {
    const results = scratchFolder();
    write(results, [landscape(2), landscape(1), landscape(3, { trial: 1 }), landscape(4, { method: "adam" })]);
    const found = analysesOf(readEvidence(results), "landscape").map(({ record }) => record.id);
    expect(found.sort()).toEqual([2, 3, 4].map(runIdOf));
    expect(analysesOf(readEvidence(results), "rank")).toEqual([]);
  });

  test("are of one preset, the one that says most of the paper", () => {
    const results = scratchFolder();
    write(results, [
      landscape(1, { preset: "desk", experiment: "small-desk" }),
      landscape(2, { preset: "half", experiment: "small-half" }),
      landscape(3, { preset: "own", experiment: "small-own" }),
    ]);
    expect(analysesOf(readEvidence(results), "landscape").map(({ record }) => record.preset)).toEqual(["half"]);
    expect(analysesOf(readEvidence(results, "desk"), "landscape").map(({ record }) => record.preset)).toEqual(["desk"]);
  });
});

describe("experiments of a results folder", () => {
  test("the fullest preset stands for one of the paper's", () => {
    const results = scratchFolder();
    for (const preset of ["smoke", "desk", "literal", "extended"]) {
      const named = { ...PLAN, experiment: `small-${preset}`, preset, config: { experiment: "E2" } };
      writeExperiment(results, records(), named);
      expect(experimentOf(readEvidence(results), "E2")?.plan.preset).toBe(preset);
    }
    expect(experimentOf(readEvidence(results, "desk"), "E2")?.plan.preset).toBe("desk");
    expect(experimentOf(readEvidence(results), "E3")).toBeUndefined();
  });

  test("a folder without any says so", () => {
    const results = scratchFolder();
    expect(() => readEvidence(results)).toThrow("no experiment in this folder");
    write(results, [landscape(1)]);
    expect(() => readEvidence(results, "desk")).toThrow("no experiment of preset desk in this folder");
  });
});
