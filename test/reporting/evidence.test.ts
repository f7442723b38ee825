import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openAnalysisStore } from "../../src/records/analysis-store.js";
import { NUMERICS } from "../../src/records/numerics.js";
import { analysesOf, experimentOf, readEvidence } from "../../src/reporting/evidence.js";
import { runIdOf } from "../records/fixtures.js";
import { scratchFolder } from "../support/folder.js";
import { PLAN, records, writeExperiment } from "./fixtures.js";
import { landscapeKind, type Landscape } from "../../src/studies/landscape/record.js";
import { rankKind } from "../../src/studies/rank/record.js";
import { SHOWS } from "../support/studies.js";

const landscape = (n: number, more: Partial<Landscape> = {}): Landscape => ({
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

function write(results: string, all: readonly Landscape[]): void {
  for (const one of all) openAnalysisStore(join(results, one.experiment)).write(landscapeKind, one, { landscape: [] });
}

describe("analyses of a results folder", () => {
  test("of several of the same model the newest counts", () => {
    const results = scratchFolder();
    write(results, [landscape(2), landscape(1), landscape(3, { trial: 1 }), landscape(4, { method: "adam" })]);
    const found = analysesOf(readEvidence(results, SHOWS), landscapeKind).map(({ record }) => record.id);
    expect(found.sort()).toEqual([2, 3, 4].map(runIdOf));
    expect(analysesOf(readEvidence(results, SHOWS), rankKind)).toEqual([]);
  });

  test.each([[undefined], [["model"]]])(
    "of the presets desk and short those of short count, made smaller by %j",
    (ownSize) => {
      const results = scratchFolder();
      const of = (n: number, preset: string): Landscape =>
        landscape(n, { preset, experiment: `small-${preset}`, ...(ownSize && { ownSize }) });
      write(results, [of(1, "desk"), of(2, "short")]);
      const found = analysesOf(readEvidence(results, SHOWS), landscapeKind).map(({ record }) => record.preset);
      expect(found).toEqual(["short"]);
    },
  );

  test("are of one preset, the one that says most of the paper", () => {
    const results = scratchFolder();
    write(results, [
      landscape(1, { preset: "desk", experiment: "small-desk" }),
      landscape(2, { preset: "half", experiment: "small-half" }),
      landscape(3, { preset: "own", experiment: "small-own" }),
    ]);
    expect(analysesOf(readEvidence(results, SHOWS), landscapeKind).map(({ record }) => record.preset)).toEqual([
      "half",
    ]);
    expect(analysesOf(readEvidence(results, SHOWS, "desk"), landscapeKind).map(({ record }) => record.preset)).toEqual([
      "desk",
    ]);
  });
});

describe("experiments of a results folder", () => {
  test("the fullest preset stands for one of the paper's", () => {
    const results = scratchFolder();
    for (const preset of ["smoke", "desk", "literal", "extended"]) {
      const named = { ...PLAN, experiment: `small-${preset}`, preset, config: { experiment: "E2" } };
      writeExperiment(results, records(), named);
      expect(experimentOf(readEvidence(results, SHOWS), "E2")?.plan.preset).toBe(preset);
    }
    expect(experimentOf(readEvidence(results, SHOWS, "desk"), "E2")?.plan.preset).toBe("desk");
    expect(experimentOf(readEvidence(results, SHOWS), "E3")).toBeUndefined();
  });

  test("a folder without any says so", () => {
    const results = scratchFolder();
    expect(() => readEvidence(results, SHOWS)).toThrow("no experiment in this folder");
    write(results, [landscape(1)]);
    expect(() => readEvidence(results, SHOWS, "desk")).toThrow("no experiment of preset desk in this folder");
  });
});
