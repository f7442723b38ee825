import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { NUMERICS } from "../../../src/records/numerics.js";
import { openAnalysisStore } from "../../../src/records/analysis-store.js";
import type { OwnClaim } from "../../../src/reporting/paper/judged.js";
import { judgeHypergradient } from "../../../src/studies/hypergradient/claim.js";
import { agreements, hypergradientStudy } from "../../../src/studies/hypergradient/agreements.js";
import { readEvidence } from "../../../src/reporting/evidence.js";
import { report } from "../../../src/reporting/report/report.js";
import { filesOf } from "../../../src/reporting/tables/write.js";
import { makeTable } from "../../../src/reporting/tables/make-table.js";
import { writeHypergradients as writeCsv } from "../../../src/studies/hypergradient/table.js";
import { scratchFolder } from "../../support/folder.js";
import { hypergradientRecord, hypergradientRecords, writeHypergradients } from "../../reporting/figures/fixtures.js";
import { hypergradientKind, type Hypergradients } from "../../../src/studies/hypergradient/record.js";
import { SHOWS } from "../../support/studies.js";

const results = join(scratchFolder(), "results");
writeHypergradients(results);
const evidence = readEvidence(results, SHOWS);

describe("means over seeds", () => {
  test("have a standard error", () => {
    const one = agreements(hypergradientRecords()).find(
      ({ point, horizon, layer, mode }) => point === "first" && horizon === 20 && layer === "all" && mode === "alg2",
    )!;
    expect(one.cosine.mean).toBeCloseTo(0.95, 12);
    expect(one.cosine.error).toBeCloseTo(1 / 64 / Math.sqrt(3), 12);
    expect(one.lengthRatio).toEqual({ mean: 2, error: 0, values: [2, 2, 2] });
    const single = agreements(hypergradientRecords().slice(0, 1))[0]!;
    expect(single.cosine).toEqual({ mean: 1, error: undefined, values: [1] });
  });

  test("mix neither studies nor versions of the numerics", () => {
    const folder = join(scratchFolder(), "results");
    writeHypergradients(folder);
    const store = openAnalysisStore(join(folder, "hypergradient"));
    store.write(
      hypergradientKind,
      hypergradientRecord(9, () => 0.5, { numerics: 1 }),
      {},
    );
    const other = openAnalysisStore(join(folder, "other"));
    other.write(
      hypergradientKind,
      hypergradientRecord(0, () => 0.5, { experiment: "other" }),
      {},
    );
    expect(hypergradientStudy(readEvidence(folder, SHOWS)).map(({ seed }) => seed)).toEqual([0, 1, 2]);
    expect(readFileSync(writeCsv(join(folder, "hypergradient")), "utf8")).not.toContain("\n9,");
  });
});

describe("our claim", () => {
  const judged = (
    cosineOf: (seed: number, horizon: number) => number,
    more: Partial<Hypergradients> = {},
    seeds = 5,
  ): Pick<OwnClaim, "verdict" | "p" | "reason"> =>
    judgeHypergradient(
      Array.from({ length: seeds }, (_none, seed) => hypergradientRecord(seed, (T) => cosineOf(seed, T), more)),
    );
  const around = (short: number, long: number, spread: number) => (seed: number, horizon: number) =>
    (horizon === 200 ? long : short) + spread * (seed - 2);

  test("is confirmed where all four parts are significant", () => {
    const { verdict, p, reason } = judged(around(0.97, -0.5, 0.01));
    expect(verdict).toBe("confirmed");
    // The largest of four p-values: t = .07 / (.0158 / sqrt 5) = 9.9 with 4 degrees of freedom, which Holm leaves doubled.
    expect(p).toBeCloseTo(2 * 0.000292, 5);
    expect(reason).toBe(
      "0.970 ± 0.007 at T = 20 with the first M; -0.500 ± 0.007 at T = 200 with the first M; " +
        "0.970 ± 0.007 at T = 20 with the learned M; -0.500 ± 0.007 at T = 200 with the learned M; 5 seeds.",
    );
  });

  test("is leaning where it is true but not significant, as of one seed", () => {
    expect(judged(around(0.97, -0.1, 0.1)).verdict).toBe("leaning");
    expect(judged(around(0.97, -0.5, 0.01), {}, 1)).toMatchObject({ verdict: "leaning" });
    expect(judged(around(0.97, -0.5, 0.01), {}, 1).p).toBeUndefined();
  });

  test("is contradicted where the opposite of a part is significant, else inconclusive", () => {
    expect(judged(around(0.97, 0.5, 0.01)).verdict).toBe("contradicted");
    expect(judged(around(0.5, -0.5, 0.01)).verdict).toBe("contradicted");
    expect(judged(around(0.97, 0.05, 0.1)).verdict).toBe("inconclusive");
  });

  test("is not run without records, on smoke runs, on stand-in data, and without its horizons", () => {
    expect(judgeHypergradient([])).toMatchObject({ verdict: "not run", evidence: [] });
    const sound = around(0.97, -0.5, 0.01);
    expect(judged(sound, { preset: "smoke" }).reason).toContain("only smoke runs");
    expect(judged(sound, { dataTag: "synthetic" }).reason).toContain("only stand-in data");
    const short = hypergradientRecord(0, () => 1);
    const rows = short.rows.filter(({ horizon }) => horizon < 200);
    expect(judgeHypergradient([{ ...short, rows }]).reason).toBe(
      "Not run: T = 20 and 200 are not both among the horizons.",
    );
  });
});

describe("the table", () => {
  const table = makeTable(evidence, "hypergradient");
  const files = filesOf(table);

  test("has cosine and ratio of lengths by M and T, for the modes that differ", () => {
    expect(files["hypergradient.txt"]).toMatch(/first M, T = 20 +0\.950 ± 0\.009 +0\.700 ± 0\.009 +0\.950 ± 0\.009 /);
    expect(files["hypergradient.txt"]).toContain("± is the standard error over 3 seeds.");
    expect(table.panels.map(({ id, rows }) => [id, rows.length])).toEqual([
      ["hypergradient_alg2", 6],
      ["hypergradient_neumann", 6],
    ]);
    const [heading, first] = files["hypergradient_summary.csv"]!.split("\n");
    expect(heading).toBe(
      "run,fc1_cosine_mean,fc1_cosine_error,fc2_cosine_mean,fc2_cosine_error,all_cosine_mean,all_cosine_error," +
        "fc1_length_ratio_mean,fc1_length_ratio_error,fc2_length_ratio_mean,fc2_length_ratio_error," +
        "all_length_ratio_mean,all_length_ratio_error,numerics",
    );
    expect(first).toBe(`first_1,1,0,0.75,0,1,0,1,0,1.5,0,2,0,${NUMERICS}`);
    expect(files["hypergradient_summary.csv"]).toContain("\nlearned_200_neumann,");
  });

  test("leads from a cell to its seeds, and brackets stand-in data", () => {
    const { samples } = table.panels[0]!.rows[1]!.cells[2]!;
    expect(samples.map(({ seed, value }) => [seed, value])).toEqual([0.934375, 0.95, 0.965625].map((x, i) => [i, x]));
    const drawn = hypergradientRecords().map((record) => ({ ...record, dataTag: "synthetic" as const }));
    const store = openAnalysisStore("unused");
    const made = makeTable({ ...evidence, analyses: drawn.map((record) => ({ store, record })) }, "hypergradient");
    expect(filesOf(made)["hypergradient.txt"]).toContain("[0.950 ± 0.009]");
  });

  test("the study's own file has a row per seed, M, horizon, layer and mode", () => {
    const path = writeCsv(join(results, "hypergradient"));
    const rows = readFileSync(path, "utf8").trimEnd().split("\n");
    expect(rows[0]).toBe("seed,point,horizon,layer,mode,cosine,length_ratio,true_length,numerics");
    expect(rows[1]).toBe(`0,first,1,fc1.weight,alg2,1,1,1,${NUMERICS}`);
    expect(rows).toHaveLength(1 + 3 * 2 * 3 * 3 * 5);
  });
});

test("the report has the table, the figure and the claim, which it says is ours", async () => {
  const page = await report(results, SHOWS);
  expect(page).toContain("A claim of our own, not the paper's");
  expect(page).toMatch(/O1<\/th>.*(confirmed|leaning)/s);
  expect(page).toContain('id="hypergradient_alg2"');
  expect(page).toContain("How far Algorithm 2 is right");
  // Not among the paper's tables, nor among those of them that were not run.
  expect(page).not.toContain('id="hypergradient-hypergradient_alg2"');
  expect(page).not.toMatch(/<li>hypergradient:/);
});
