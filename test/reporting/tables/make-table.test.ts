import { describe, expect, test } from "vitest";
import type { Plan } from "../../../src/records/plan.js";
import type { RunRecord } from "../../../src/records/record.js";
import { openRunStore } from "../../../src/records/store.js";
import { readEvidence } from "../../../src/reporting/evidence.js";
import type { Evidence } from "../../../src/reporting/study-show.js";
import type { Cell, Table } from "../../../src/reporting/table/table.js";
import { hasNumbers, commandsThatMake, makeTable } from "../../../src/reporting/tables/make-table.js";
import { FORMATS } from "../../../src/reporting/table/formats.js";
import { plan, record, runIdOf, trialCell } from "../../records/fixtures.js";
import { scratchFolder } from "../../support/folder.js";
import { writeAnalysis } from "../figures/fixtures.js";
import { fixtureEvidence } from "../fixtures.js";
import { analysis } from "../paper/fixtures.js";
import { quadraticResult } from "../../../src/studies/quadratic/record.js";
import { SHOWS } from "../../support/studies.js";

const root = scratchFolder();
const METHODS = ["sgd_momentum", "adam", "adamw", "sgd"].map((id) => ({ id, title: id.toUpperCase() }));
const trialsOf = (method: string, from: number): ReturnType<typeof trialCell>[] =>
  [0, 1, 2].map((trial) => trialCell(from + trial, method, "cifar10", trial));
const [SGDM, ADAM, ADAMW] = [trialsOf("sgd_momentum", 1), trialsOf("adam", 4), trialsOf("adamw", 7)];
const PLAN = plan([...SGDM, ...ADAM, ...ADAMW, ...trialsOf("sgd", 10)], {
  config: { name: "mine", experiment: "E4", training: { steps: 100, aucWindowSteps: 10 } },
  methods: METHODS,
  holdouts: ["cifar10"],
});

let folders = 0;
/** A results folder with these records. */
function evidence(records: readonly RunRecord[], more: Partial<Plan> = {}): Evidence {
  const results = `${root}/${folders++}`;
  const store = openRunStore(results, "mine");
  store.writePlan({ ...PLAN, experiment: "mine", ...more });
  for (const one of records) store.write(one, []);
  return readEvidence(results, SHOWS);
}

function cellOf(held: Evidence, id: string, row: string, column: string): Cell {
  const [panel] = makeTable(held, id).panels as [Table];
  const index = panel.columns.findIndex((one) => one.id === column);
  return panel.rows.find((one) => one.id === row)!.cells[index]!;
}
const marksOf = (held: Evidence, id: string, row: string): string[] =>
  cellOf(held, id, row, "CIFAR10").marks.map(({ kind, text }) => `${kind}: ${text}`);

describe("a cell", () => {
  const done = SGDM.map((cell, i) => record(cell, { testAccuracy: 0.5 + i / 8, auc: 2 + i }));

  test("has mean, spread, runs, seeds, what was selected, and the paper's number", () => {
    const cell = cellOf(evidence(done), "table2", "sgd_momentum", "CIFAR10");
    expect(cell).toMatchObject({ mean: 62.5, std: 12.5, marks: [], paper: { mean: 91.37, std: 0.45 } });
    expect(cell.samples[1]).toEqual({
      kind: "run",
      id: runIdOf(2),
      file: `mine/runs/${runIdOf(2)}/record.json`,
      state: "done",
      value: 62.5,
      trial: 1,
      seed: 1,
      learningRate: 0.1,
      weightDecay: 1e-4,
      gridEdge: ["learningRate:high"],
    });
  });

  test("that diverged counts as chance, or as infinite", () => {
    const held = evidence([
      record(SGDM[0]!, { testAccuracy: 0.5, auc: 2 }),
      record(SGDM[1]!, { auc: Infinity }, { state: "diverged" }),
      record(SGDM[2]!, { testAccuracy: 0.6, auc: 2 }),
    ]);
    expect(cellOf(held, "table2", "sgd_momentum", "CIFAR10").mean).toBeCloseTo(40, 9);
    expect(marksOf(held, "table2", "sgd_momentum")).toEqual(["diverged: 1 of 3 trials diverged, counted as chance"]);
    expect(cellOf(held, "table5", "sgd_momentum", "CIFAR10")).toMatchObject({ mean: Infinity, std: undefined });
    expect(marksOf(held, "table5", "sgd_momentum")).toEqual(["diverged: 1 of 3 trials diverged"]);
  });

  test("says what failed, was skipped, is not there, is short or has no number", () => {
    const held = evidence([
      record(SGDM[0]!, { testAccuracy: 0.5 }, { state: "failed", failure: "crash" }),
      record(SGDM[1]!, { testAccuracy: 0.5, auc: 2 }),
      record(ADAM[0]!, { testAccuracy: 0.5, auc: 1 }, { counts: { steps: 40, epochs: 1, testReads: 1 } }),
      record(ADAM[1]!, { testAccuracy: 0.5, auc: 2 }),
      record(ADAM[2]!, {}, { state: "skipped" }),
      ...ADAMW.map((cell) => record(cell, { testAccuracy: 0.5 })),
    ]);
    expect(marksOf(held, "table2", "sgd_momentum")).toEqual([
      "failed: 1 of 3 trials failed",
      "partial: 1 of 3 trials not run",
    ]);
    expect(cellOf(held, "table2", "sgd_momentum", "CIFAR10").mean).toBe(50);
    expect(marksOf(held, "table5", "adam")).toEqual([
      "skipped: 1 of 3 trials skipped",
      "partial-auc: partial AUC, of 40 of 100 steps",
    ]);
    expect(marksOf(held, "table2", "adam")).toEqual(["skipped: 1 of 3 trials skipped"]);
    expect(marksOf(held, "table5", "adamw")).toEqual(["no-value: 3 of 3 trials without a number"]);
    expect(marksOf(held, "table2", "sgd")).toEqual(["not-run: not run"]);
    expect(marksOf(held, "table2", "kfac")).toEqual(["not-run: not run"]);
    const text = FORMATS.text(makeTable(held, "table2").panels);
    expect(text).toMatch(/^SGD-M +>50\.00 \(b,c\)$/m);
    expect(text).toContain("\nb: 1 of 3 trials failed\nc: 1 of 3 trials not run\n");
  });

  test("on stand-in or partial data is marked, stand-ins in brackets", () => {
    const held = evidence([
      record(SGDM[0]!, { testAccuracy: 0.5 }, { data: { tag: "synthetic", checksums: {} } }),
      record(ADAM[0]!, { testAccuracy: 0.25 }, { data: { tag: "partial", checksums: {} } }),
    ]);
    expect(marksOf(held, "table2", "sgd_momentum")).toContain("stand-in: stand-in data");
    expect(marksOf(held, "table2", "adam")).toContain("partial-data: a part of the official data");
    const table = makeTable(held, "table2");
    expect(FORMATS.text(table.panels)).toMatch(/^SGD-M +>\[50\.00\] \(b\)$[^]*^All numbers: 2 of 3 trials not run\.$/m);
    expect(FORMATS.markdown(table.panels)).toContain("| **[50.00]**<sup>b</sup> |");
    expect(FORMATS.latex(table.panels)).toContain("\\textbf{[50.00]}\\textsuperscript{b}");
  });
});

describe("rows", () => {
  test("that the paper lacks follow, marked", () => {
    const [panel] = makeTable(evidence([]), "table2").panels as [Table];
    const printed = ["kfac", "sgd_momentum", "adam", "adamw", "power_sign", "add_sign", "meta_sgd", "metamd"];
    expect(panel.rows.map(({ id }) => id)).toEqual([...printed, "sgd"]);
    expect(panel.rows.at(-1)).toMatchObject({ title: "SGD", inPaper: false, marks: [{ kind: "ours" }] });
    expect(panel.rows.at(-1)!.cells[0]!.paper).toBeUndefined();
  });

  test("of Table 3 are lost in the paper, and are filled from the runs all the same", () => {
    const [panel] = makeTable(fixtureEvidence(), "table3").panels as [Table];
    expect(panel.rows).toHaveLength(9);
    for (const { cells } of panel.rows)
      for (const { paper, marks } of cells) {
        expect(paper).toBeNull();
        expect(marks.map(({ kind }) => kind)).toContain("lost");
      }
  });
});

describe("a panel", () => {
  test("says which preset it is of, and which data are missing", () => {
    const missing = [{ domain: "stl10", reason: "not imported" }];
    const held = evidence([], { preset: "half", missing });
    expect(makeTable(held, "table2").panels[0]!.marks.map(({ text }) => text)).toEqual([
      "preset half, not the paper's sizes",
      "data missing: stl10; nothing was learned or tested there",
    ]);
    expect(makeTable(evidence([]), "table2").panels[0]!.marks).toEqual([]);
  });

  test("of AUCs says what an AUC is", () => {
    const steps = "the mini-batch losses' mean of every 10 steps";
    const definition = (held: Evidence): string | undefined => makeTable(held, "table5").panels[0]!.definition;
    expect(definition(evidence([]))).toBe(`AUC: trapezoid over ${steps}, unit spacing, not normalised by the length.`);
    const epochs = { ...PLAN.config, training: { steps: "3 epochs" } };
    expect(definition(evidence([], { config: epochs }))).toContain("mean of every epoch, unit");
  });

  test("is of the fullest preset, and without records it is empty", () => {
    const held = fixtureEvidence();
    expect(makeTable(held, "table8").panels.map(({ id }) => id)).toEqual(["table8_accuracy", "table8_auc"]);
    expect(makeTable(held, "table8", "table8_auc").panels.map(({ id }) => id)).toEqual(["table8_auc"]);
    const nothing = { results: held.results, experiments: [], analyses: [], studies: SHOWS };
    for (const id of ["table1", "table2", "table4", "table7", "table9", "fig1_summary"] as const) {
      const table = makeTable(nothing, id);
      expect(hasNumbers(table)).toBe(false);
      for (const { rows, provenance } of table.panels) {
        expect(provenance).toBeUndefined();
        expect(rows.length).toBeGreaterThan(0);
      }
    }
  });

  test("of datasets counts training and validation images apart, and says of which the paper's count is", () => {
    const row = { group: "meta_test" as const, tag: "real" as const };
    const rows = [
      { ...row, domain: "caltech256", train: 12800, validation: 2560, test: 5120, classes: 256 },
      { ...row, domain: "dtd", train: 1880, validation: 1880, test: 1880, classes: 47 },
    ];
    const held = { results: root, experiments: [], analyses: [analysis({ kind: "datasets", rows })], studies: SHOWS };
    const cells = (title: string): Cell[] => ["train", "validation"].map((one) => cellOf(held, "table4", title, one));
    expect(cells("Caltech")).toMatchObject([
      { mean: 12800, paper: { mean: 12800 } },
      { mean: 2560, paper: undefined },
    ]);
    expect(cells("DTD")).toMatchObject([
      { mean: 1880, paper: undefined },
      { mean: 1880, paper: undefined },
    ]);
    const text = FORMATS.text(makeTable(held, "table4").panels);
    expect(text).toMatch(/^Caltech +meta_test +12800 +2560 +5120 +256 +12800 +5120 +256$/m);
    expect(text).toContain(
      "for Caltech training images alone (50 of a class train and 10 validate, together the 60 of the paper's text)",
    );
  });

  test("without records names the command that makes them", () => {
    expect(commandsThatMake("table1", SHOWS)).toBe(
      "metamd run --config configs/rotated-mnist.yaml, metamd run --config configs/diverse-digits.yaml",
    );
    expect(commandsThatMake("table1", SHOWS, "table1_top")).toBe("metamd run --config configs/rotated-mnist.yaml");
    expect(commandsThatMake("table7", SHOWS)).toBe("metamd analyse cost --config configs/high-resolution.yaml");
    expect(commandsThatMake("table8", SHOWS)).toBe("metamd run --config configs/fine-tuning.yaml");
  });
});

test("LaTeX is escaped, markdown too", () => {
  const held = evidence([], {
    experiment: "mine",
    config: PLAN.config,
    methods: [{ id: "mine", title: "a_b|<&%^~\\ ±" }],
  });
  const latex = FORMATS.latex(makeTable(held, "table2").panels);
  expect(latex).toContain(
    "a\\_b\\textbar{}\\textless{}\\&\\%\\^{}\\~{}\\textbackslash{} $\\pm$\\textsuperscript{b} & -",
  );
  expect(FORMATS.markdown(makeTable(held, "table2").panels)).toContain("| a\\_b\\|\\<&%^~\\\\ ±<sup>b</sup> | -");
});

test("wins on the quadratics are shared; a task that did not converge is none", () => {
  const results = `${root}/${folders++}`;
  const iterations = { metamd: [20, 22], sgd: [210, 400], sgd_momentum: [130, 170], adam: [80, 22] };
  for (const [method, counts] of Object.entries(iterations))
    writeAnalysis(
      results,
      "quadratic",
      quadraticResult,
      {
        family: "top",
        method,
        variant: "tuned",
        learningRate: 0.03,
        tasks: 2,
        converged: 2,
        meanIterations: 0,
        medianIterations: 0,
        problem: { q: [0.3, 14], b: [1, 1] },
      },
      {
        tasks: counts.map((count, task) => ({ task, iterations: count, converged: count < 400 ? 1 : 0 })),
        trajectory: [],
      },
    );
  const [panel] = makeTable(readEvidence(results, SHOWS), "fig1_summary").panels as [Table];
  const wins = panel.columns.findIndex(({ id }) => id === "top_wins");
  expect(panel.rows.map(({ id, cells }) => [id, cells[wins]!.mean])).toEqual([
    ["metamd", 1.5],
    ["sgd", 0],
    ["sgd_momentum", 0],
    ["adam", 0.5],
  ]);
});
