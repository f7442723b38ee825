import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { status } from "../../src/cli/status.js";
import { packageRoot } from "../../src/core/files.js";
import { sharpnessKind, type Sharpness } from "../../src/studies/sharpness/record.js";
import { NUMERICS } from "../../src/records/numerics.js";
import { analysesOf, experimentOf, readEvidence } from "../../src/reporting/evidence.js";
import type { Evidence, StoredAnalysis } from "../../src/reporting/study-show.js";
import { readExperiment } from "../../src/reporting/experiment.js";
import { isNotRun } from "../../src/reporting/figures/figure.js";
import { figuresOf as allFigures } from "../../src/reporting/figures/index.js";
import { makeFigure, type MadeFigure } from "../../src/reporting/figures/make-figure.js";
import { csvOf } from "../../src/reporting/figures/write-figures.js";
import { compareCells } from "../../src/reporting/paper/cells.js";
import { measure, measureSides } from "../../src/reporting/paper/measure.js";
import { renderCells, renderClaims } from "../../src/reporting/paper/tables.js";
import { judgeClaims } from "../../src/reporting/paper/verdicts.js";
import { report } from "../../src/reporting/report/report.js";
import { compareWithBaseline } from "../../src/reporting/compare/baseline.js";
import { renderStatistics } from "../../src/reporting/compare/baseline-tables.js";
import { resultsJson, resultTable } from "../../src/reporting/tables/result-table.js";
import { explain, explainJson, findCells } from "../../src/reporting/tables/explain.js";
import { makeTable, type MadeTable } from "../../src/reporting/tables/make-table.js";
import { FORMATS } from "../../src/reporting/table/formats.js";
import { METRICS, measureTrials } from "../../src/reporting/measured/trials.js";
import { filesOf, writeTables } from "../../src/reporting/tables/write.js";
import { record, trialCell, plan } from "../records/fixtures.js";
import { commandLine } from "../support/command.js";
import { scratchFolder } from "../support/folder.js";
import { PLAN, records, writeExperiment } from "../reporting/fixtures.js";
import { analysis, evidence as inMemory, experiment } from "../reporting/paper/fixtures.js";
import { SHOWS } from "../support/studies.js";

/** Runs and analyses of the first numerics, as the program of that time wrote them. */
const EARLIER = join(packageRoot(), "test/fixtures/results-numerics-1");
const MARK = "numerics 1";
const NOTE = `numerics 1, before full batches: not comparable with numbers of numerics ${NUMERICS}`;
const SENTENCE = `N${NOTE.slice(1)}`;

describe("results of earlier numerics", () => {
  const results = scratchFolder();
  cpSync(EARLIER, results, { recursive: true });
  const evidence = readEvidence(results, SHOWS);
  const [held] = evidence.experiments;
  const own = measureTrials(held!, METRICS.accuracy);

  test("are read: plan, records and analyses", () => {
    expect(evidence.experiments.map(({ plan }) => plan.numerics)).toEqual([1]);
    expect([...held!.records.values()].map(({ numerics }) => numerics)).toEqual(held!.plan.cells.map(() => 1));
    expect(evidence.analyses.map(({ record }) => record.numerics)).toEqual([1, 1]);
  });

  test.each(["table8", "table4", "table9", "tuning-cost"] as const)("are marked in every format of %s", (id) => {
    const files = filesOf(makeTable(evidence, id));
    for (const [name, text] of Object.entries(files)) {
      if (name.endsWith("_state.csv")) expect(text, name).toContain(NOTE);
      else if (name.endsWith(".csv")) expect(columnOf(text, "numerics"), name).toEqual(rowsOf(text).map(() => "1"));
      else if (name.endsWith(".json")) expect(text, name).toContain('"numerics": 1');
      else expect(text, name).toMatch(/, numerics 1\.[^]*\n[^\n]*Numerics 1, before full batches: not comparable/);
    }
    expect(files[`${id}.json`]).toContain(NOTE);
  });

  test("are marked where one cell is explained", () => {
    const [cell] = findCells(makeTable(evidence, "table8", "table8_accuracy"), "adam", "DTD");
    expect(explain(cell!, results)).toContain(`marks: `);
    expect(explain(cell!, results)).toContain(NOTE);
    expect(explainJson(cell!)).toMatchObject({ provenance: { numerics: 1 } });
  });

  test("are marked in an experiment's own tables and their statistics", () => {
    for (const format of ["text", "markdown", "latex"] as const) {
      expect(FORMATS[format]([resultTable(own)])).toContain(`(fine-tuning-smoke, ${MARK}`);
      expect(FORMATS[format]([resultTable(own)])).toContain(NOTE);
    }
    expect(resultsJson(own)).toMatchObject({ numerics: 1, note: NOTE });
    const compared = compareWithBaseline(own);
    for (const format of ["text", "markdown"] as const) {
      expect(renderStatistics(compared, format)).toContain(`(fine-tuning-smoke, ${MARK}, partial data)`);
      expect(renderStatistics(compared, format)).toContain(SENTENCE);
    }
    for (const text of renderStatistics(compared, "csv").split("\n\n"))
      expect(columnOf(text, "numerics")).toEqual(rowsOf(text).map(() => "1"));
  });

  test("are marked in every CSV file of an experiment", () => {
    const csv = writeTables(readExperiment(results, "fine-tuning-smoke"), SHOWS, true).files.filter((file) =>
      file.endsWith(".csv"),
    );
    expect(csv.map((file) => file.slice(held!.store.folder.length + 1))).toEqual([
      ...["accuracy.csv", "auc.csv", "table8.csv", "runs.csv", "curves.csv", "tuning.csv", "claims.csv"],
      "table8_vs_paper.csv",
    ]);
    for (const file of csv) {
      const text = readFileSync(file, "utf8");
      expect(columnOf(text, "numerics").length, file).toBeGreaterThan(0);
      // What is not run, or not measured, has none.
      expect(new Set(columnOf(text, "numerics").filter((value) => value !== "")), file).toEqual(
        file.endsWith("claims.csv") ? new Set() : new Set(["1"]),
      );
    }
  });

  test("are marked in figures, in the picture, its caption and its numbers", async () => {
    const drawn = await figuresOf(evidence);
    expect(drawn.map(({ id }) => id)).toEqual(["profile", "profiles"]);
    for (const { svg, caption, data } of drawn) {
      expect(svg.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ")).toContain(`, ${MARK}`);
      expect(caption).toContain(SENTENCE);
      for (const one of data) expect(new Set(columnOf(csvOf(one), "numerics"))).toEqual(new Set(["1"]));
    }
  });

  test("are marked in the report", async () => {
    const html = await report(results, SHOWS);
    expect(html).toContain(`<h3 id="results-fine-tuning-smoke">fine-tuning-smoke, ${MARK}</h3>`);
    expect(html).toContain(`mean ± std over trials, ${MARK}`);
    expect(html).toContain(`E8, fine-tuning-smoke, preset smoke, ${MARK}.`);
    expect(html).toContain(`fine-tuning-smoke, ${MARK}: the point that every search chose`);
    for (const section of ["experiments", "tables", "figures", "results", "tuning-cost", "provenance"])
      expect(sectionOf(html, section), section).toContain(SENTENCE);
  });

  describe("in status", () => {
    const { written, run } = commandLine(status, EARLIER);
    test("are marked as text and as JSON", async () => {
      await run("status");
      expect(written.out).toMatch(/ numerics\n.*\nfine-tuning-smoke .* 1\n/);
      expect(written.out).toContain(`\n${NOTE}\n`);
      written.out = "";
      await run("status", "fine-tuning-smoke");
      expect(written.out).toContain(`\n${NOTE}\n`);
      written.out = "";
      await run("--json", "status");
      expect(JSON.parse(written.out)).toMatchObject([{ experiment: "fine-tuning-smoke", numerics: 1, note: NOTE }]);
    });
  });
});

describe("verdicts from earlier numerics", () => {
  const methods = ["sgd", "sgd_momentum", "adam", "rmsprop", "l2o", "meta_curvature", "metamd"];
  const domains = [0, 15, 30, 45, 60, 75].map((angle) => `rotated-mnist/${angle}`);
  const values = Object.fromEntries(
    methods.map((method, i) => [method, Object.fromEntries(domains.map((one) => [one, [80 + i, 80.1 + i, 80.2 + i]]))]),
  );
  const of = (numerics: number): Evidence => inMemory([experiment({ id: "E2", values, more: { numerics } })]);

  test("are marked, those of claims and those of cells", () => {
    const [first] = judgeClaims(of(1), "E2");
    expect(first).toMatchObject({ verdict: "reproduced", numerics: 1 });
    expect(first!.reason).toMatch(/^True at preset paper, numerics 1: .* Numerics 1, before full batches: [^.]*\.$/);
    for (const format of ["text", "markdown"] as const)
      expect(renderClaims([first!], format).replace(/\s+/g, " ")).toContain(SENTENCE);
    expect(columnOf(renderClaims([first!], "csv"), "numerics")).toEqual(["1"]);
    const cells = compareCells(of(1), "E2");
    expect(new Set(cells.map(({ numerics }) => numerics))).toEqual(new Set([1]));
    expect(renderCells(cells, "text")).toMatch(/ below, numerics 1\n/);
    expect(renderCells(cells, "markdown")).toContain(`Note: ${NOTE}.`);
    expect(new Set(columnOf(renderCells(cells, "csv"), "numerics"))).toEqual(new Set(["1"]));
  });

  test("are marked in the report", async () => {
    const results = scratchFolder();
    writeExperiment(results, records(), { ...PLAN, numerics: 1, config: { name: "small", experiment: "E2" } });
    const claims = sectionOf(await report(results, SHOWS), "claims");
    expect(claims).toContain(`<span class="printed">${MARK}</span>`);
    expect(claims).toContain(`<li> ${SENTENCE}</li>`);
  });

  test("are not, where the numerics are the present ones", () => {
    expect(judgeClaims(of(NUMERICS), "E2")[0]!.reason).not.toContain("numerics");
    expect(renderCells(compareCells(of(NUMERICS), "E2"), "text")).not.toContain("numerics");
  });
});

describe("a folder of both numerics", () => {
  const results = scratchFolder();
  const cells = ["sgd_momentum", "adam", "metamd"].flatMap((method, i) =>
    [0, 1].map((trial) => trialCell(10 * i + trial, method, "dtd", trial)),
  );
  const anew = plan(cells, {
    experiment: "fine-tuning-numerics-2-smoke",
    preset: "smoke",
    holdouts: ["dtd"],
    table: "table8_accuracy",
    config: { name: "fine-tuning-numerics-2", experiment: "E8" },
    methods: ["sgd_momentum", "adam", "metamd"].map((id) => ({ id, title: id })),
  });
  const more = { experiment: anew.experiment, preset: "smoke" };
  let evidence: Evidence;
  beforeAll(() => {
    cpSync(EARLIER, results, { recursive: true });
    // One method has no run yet: its cells stay empty, although the earlier numerics have them.
    const held = cells.filter(({ method }) => method !== "metamd");
    writeExperiment(
      results,
      held.map((cell) => record(cell, { testAccuracy: 0.5, auc: 2 }, more)),
      anew,
    );
    evidence = readEvidence(results, SHOWS);
  });

  test("makes no cell of both: the latest alone count, and what they lack stays empty", () => {
    expect(experimentOf(evidence, "E8")!.plan.experiment).toBe(anew.experiment);
    const table = makeTable(evidence, "table8");
    expect(filesBehind(table)).toEqual(new Set([anew.experiment]));
    const [metamd] = findCells(table, "metamd", "DTD");
    expect(metamd!.cell).toMatchObject({ mean: undefined, samples: [], marks: [{ kind: "not-run" }] });
    expect(judgeClaims(evidence, "E8").flatMap((one) => one.evidence)).toEqual([]);
  });

  test("shows each experiment by itself, the earlier one marked", async () => {
    const html = await report(results, SHOWS);
    expect(html).toContain(`<h3 id="results-fine-tuning-smoke">fine-tuning-smoke, ${MARK}</h3>`);
    expect(html).toContain(`<h3 id="results-${anew.experiment}">${anew.experiment}</h3>`);
    const costs = makeTable(evidence, "tuning-cost");
    expect(costs.panels.map(({ provenance }) => provenance!.numerics)).toEqual([1]);
  });

  test("of no experiment of the paper: the one that is named anew, as the refusal to go on suggests", () => {
    const named = (name: string, numerics: number) =>
      experiment({ values: { sgd: { mnist: [1] } }, more: { numerics, config: { name } } });
    const both = inMemory([named("ablation", 1), named(`ablation-numerics-${NUMERICS}`, NUMERICS)]);
    expect(experimentOf(both, "ablation")!.plan.numerics).toBe(NUMERICS);
    expect(experimentOf(inMemory([named("ablation-other", NUMERICS)]), "ablation")).toBeUndefined();
  });

  test("leaves the earlier one to whoever names it", () => {
    const earlier = { ...evidence, experiments: evidence.experiments.filter(({ plan }) => plan.numerics === 1) };
    expect(filesBehind(makeTable(earlier, "table8"))).toEqual(new Set(["fine-tuning-smoke"]));
  });
});

describe("evidence of several folders is of one numerics", () => {
  const values = { metamd: { mnist: [1, 2] }, sgd_momentum: { mnist: [2, 3] } };
  const onOthers = { metamd: { dtd: [1, 2] }, sgd_momentum: { dtd: [2, 3] } };
  const of = (
    id: string,
    preset: string,
    numerics: number,
    learnedOn: string[],
    held: typeof values | typeof onOthers,
  ) => experiment({ id, preset, metric: "auc", values: held, learnedOn, more: { numerics } });

  test("meta-train and meta-test sides, though the earlier preset is fuller", () => {
    const both = inMemory([
      of("E5", "paper", 1, ["mnist"], values),
      of("E5", "desk", NUMERICS, [], onOthers),
      of("E5", "desk", 1, ["mnist"], values),
    ]);
    const sides = measureSides(both, "E5")!;
    expect(sides.metaTest).toMatchObject({ preset: "desk", numerics: NUMERICS, columns: [{ id: "dtd" }] });
    expect(sides.metaTrain.columns).toEqual([]);
    expect(measure(both, "E5", "train_loss_auc")).toMatchObject({ numerics: NUMERICS, preset: "desk" });
  });

  const look = (more: Partial<Sharpness>): StoredAnalysis =>
    analysis({
      kind: "sharpness",
      method: "sgd",
      dataset: "dtd",
      trial: 0,
      images: 10,
      scaleFreeEigenvalue: 1,
      eigenvalues: [3],
      residual: 0,
      converged: true,
      products: 5,
      runs: ["aa"],
      ...more,
    });

  test("analyses of one kind, of whichever experiment", () => {
    const analyses = [
      look({ config: { experiment: "E6" }, numerics: 1, preset: "paper" }),
      look({ config: { experiment: "E6" }, numerics: 1, trial: 1 }),
      look({ config: { experiment: "E5" }, numerics: NUMERICS, preset: "desk", eigenvalues: [7] }),
    ];
    const held = inMemory([], analyses);
    expect(analysesOf(held, sharpnessKind).map(({ record }) => record.numerics)).toEqual([NUMERICS]);
    const measured = measure(held, "E6", "lambda_max")!;
    expect(measured).toMatchObject({ numerics: NUMERICS, preset: "desk" });
    expect([...measured.rows.get("sgd")![0]!.values.values()]).toEqual([7]);
  });

  test("landscapes and the curvature beside them", async () => {
    const [rise, earlier, later] = [
      analysis(
        { kind: "landscape", method: "sgd", dataset: "dtd", trial: 0, images: 10, loss: 1, rise: 2, numerics: 1 },
        [
          { t: -1, loss: 2 },
          { t: 0, loss: 1 },
        ],
      ),
      look({ numerics: 1 }),
      look({ numerics: NUMERICS, eigenvalues: [7] }),
    ];
    const summary = async (...analyses: (typeof rise)[]): Promise<string> => {
      const made = (await makeFigure(inMemory([], analyses), "fig7")) as MadeFigure;
      return csvOf(made.data.find(({ name }) => name === "fig7_summary")!).split("\n")[1]!;
    };
    expect(await summary(rise!, earlier!, later!)).toBe("dtd,sgd,3,,2,1,1,1");
    expect(await summary(rise!, later!)).toBe("dtd,sgd,,,2,,1,1");
  });

  test("step times and counts", () => {
    const times = (numerics: number, mean: number) =>
      analysis({
        kind: "step-times",
        numerics,
        config: { experiment: "E5" },
        batchSize: 1,
        image: "1x1",
        rows: ["sgd_momentum", "metamd"].map((method) => ({
          method,
          mean,
          std: 0.1,
          blocks: 3,
          blockSteps: 2,
          gradient: 1,
          preconditioning: 0,
          update: 0,
        })),
      });
    const held = inMemory([], [times(NUMERICS, 2), times(1, 5)]);
    const table = makeTable(held, "table7");
    expect(table.panels[0]!.provenance!.numerics).toBe(NUMERICS);
    expect(findCells(table, "metamd", "ms")[0]!.cell.mean).toBe(2);
    expect(findCells(table, "metamd", "ratio_sgdm")[0]!.cell.mean).toBe(1);
  });
});

test("a trial that applies what was learned with earlier numerics is marked in its cell", () => {
  const cell = trialCell(1, "metamd", "dtd", 0);
  const results = scratchFolder();
  const learned = { sha256: "aa", run: cell.id, numerics: 1 };
  writeExperiment(results, [record(cell, { testAccuracy: 0.5 }, { learned })], {
    ...plan([cell], { holdouts: ["dtd"], methods: [{ id: "metamd", title: "MetaMD" }] }),
    config: { name: "small", experiment: "E8" },
  });
  const evidence = readEvidence(results, SHOWS);
  const said = "learned with numerics 1, before full batches";
  expect(measureTrials(evidence.experiments[0]!, METRICS.accuracy).rows.get("metamd")![0]!.marks).toEqual([said]);
  const [found] = findCells(makeTable(evidence, "table8", "table8_accuracy"), "metamd", "DTD");
  expect(found!.cell.marks).toEqual([{ kind: "earlier", text: said }]);
});

/** Every figure that is not empty. */
async function figuresOf(evidence: Evidence): Promise<MadeFigure[]> {
  const all: MadeFigure[] = [];
  for (const id of Object.keys(allFigures(SHOWS))) {
    const made = await makeFigure(evidence, id);
    if (!isNotRun(made)) all.push(made);
  }
  return all;
}

/** Folders of the runs behind a table. */
const filesBehind = ({ panels }: MadeTable): Set<string> =>
  new Set(
    panels.flatMap(({ rows }) =>
      rows.flatMap(({ cells }) => cells.flatMap(({ samples }) => samples.map(({ file }) => file.split("/")[0]!))),
    ),
  );

const rowsOf = (text: string): string[] => text.trimEnd().split("\n").slice(1);

/** A column without commas in it, counted from the end of the line. */
function columnOf(text: string, name: string): string[] {
  const headings = text.split("\n")[0]!.split(",");
  expect(headings).toContain(name);
  return rowsOf(text).map((row) => row.split(",").at(headings.indexOf(name) - headings.length)!);
}

/** A section of the page. */
const sectionOf = (html: string, id: string): string => html.split(`<section id="${id}"`)[1]!.split("</section>")[0]!;
