import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT } from "../../../src/core/errors.js";
import { openRunStore } from "../../../src/records/store.js";
import { chooseTables } from "../../../src/reporting/tables/choose.js";
import { readExperiment } from "../../../src/reporting/experiment.js";
import { resultsJson, resultTable } from "../../../src/reporting/tables/result-table.js";
import { FORMATS } from "../../../src/reporting/table/formats.js";
import { averageOf, measureTrials, METRICS } from "../../../src/reporting/measured/trials.js";
import { writeTables } from "../../../src/reporting/tables/write.js";
import { plan, record, runIdOf, trialCell } from "../../records/fixtures.js";
import { scratchFolder, userError } from "../../support/folder.js";
import { PLAN, records, writeExperiment } from "../fixtures.js";
import { SHOWS } from "../../support/studies.js";

const root = scratchFolder();
const results = join(root, "results");
writeExperiment(results, records());
writeExperiment(results, records(), { ...PLAN, experiment: "paper-table", table: "table1_top" });
const PAPER_ROWS = ["sgd", "sgd_momentum", "adam", "rmsprop", "l2o", "meta_curvature", "metamd"];
const small = () => readExperiment(results, "small");
const text = (name: string, experiment = "small", folder = results): string =>
  readFileSync(join(folder, experiment, name), "utf8");

// 0.5 and 0.75: mean 62.5, deviation 25 / sqrt 2; the average's per-trial means are 37.5 and 50.
const ACCURACY = `method,rotated-mnist/0_mean,rotated-mnist/0_std,rotated-mnist/15_mean,rotated-mnist/15_std,average_mean,average_std,n,state,numerics
sgd,62.5,17.67766952966369,25,0,43.75,8.838834764831844,2,done,2
adam,36.25,37.123106012293746,37.5,,36.875,,1,rotated-mnist/0: 1 of 2 diverged; rotated-mnist/15: 1 of 2 missing,2
`;
const AUC = `method,rotated-mnist/0_mean,rotated-mnist/0_std,rotated-mnist/15_mean,rotated-mnist/15_std,average_mean,average_std,n,state,numerics
sgd,1.5,0.7071067811865476,4.25,0.3535533905932738,2.875,0.5303300858899106,2,done,2
adam,Infinity,,,,,,0,rotated-mnist/0: 1 of 2 diverged; rotated-mnist/15: 1 of 2 missing and 1 of 2 without a value,2
`;

describe("domains without data", () => {
  const folder = join(root, "incomplete");
  const missing = [{ domain: "rotated-mnist/15", reason: "not imported" }];
  const cells = PLAN.cells.filter(({ holdout }) => holdout === "rotated-mnist/0");
  const known = new Set(cells.map(({ id }) => id));
  writeExperiment(
    folder,
    records().filter(({ id }) => known.has(id)),
    { ...PLAN, cells, missing },
  );
  const table = measureTrials(readExperiment(folder, "small"), METRICS.accuracy);

  it("keep their column, marked, and do not count in averages", () => {
    const sgd = table.rows.get("sgd")!;
    expect(sgd.map(({ marks }) => marks)).toEqual([[], ["not run, data missing"]]);
    expect(averageOf(table, "sgd")).toEqual({ mean: 62.5, std: sgd[0]!.std, trials: 2 });
    expect(resultsJson(table)).toMatchObject({ missing: ["rotated-mnist/15"] });
  });

  it("are named under the table", () => {
    const shown = FORMATS.text([resultTable(table)]);
    expect(shown).toMatch(/^SGD +>62\.50 ± 17\.68 +-\* +>62\.50 ± 17\.68$/m);
    expect(shown).toContain("* data missing: rotated-mnist/15; nothing was learned or averaged there");
  });
});

describe("files", () => {
  it("are these", () => {
    const { files } = writeTables(small(), SHOWS, true);
    expect(files).toEqual(
      ["accuracy.csv", "accuracy.runs.json", "auc.csv", "auc.runs.json", "runs.csv", "curves.csv", "tuning.csv"].map(
        (name) => join(results, "small", name),
      ),
    );
    expect(text("accuracy.csv")).toBe(ACCURACY);
    expect(text("auc.csv")).toBe(AUC);
    expect(JSON.parse(text("accuracy.runs.json"))).toEqual({
      sgd: { "rotated-mnist/0": [2, 3].map(runIdOf), "rotated-mnist/15": [4, 5].map(runIdOf) },
      adam: { "rotated-mnist/0": [6, 7].map(runIdOf), "rotated-mnist/15": [8].map(runIdOf) },
    });
    expect((JSON.parse(text("auc.runs.json")) as { adam: object }).adam).toEqual({
      "rotated-mnist/0": [6, 7].map(runIdOf),
      "rotated-mnist/15": [],
    });
  });

  it("runs.csv has a row per run, in the plan's order", () => {
    const [heading, ...rows] = text("runs.csv").trimEnd().split("\n");
    expect(heading).toBe(
      "run_id,experiment,preset,phase,method,meta_train,dataset,trial,seed,lr,wd,grid_edge,epochs,steps,val_acc," +
        "test_acc,last_train_loss,auc,ms_mean,ms_std,state,wall_s,data_tag,data_share,margin_images,tied,numerics",
    );
    expect(rows).toHaveLength(8);
    expect(rows[0]).toBe(
      "0000000000000001,small,paper,tune,sgd,,rotated-mnist/0,,0,0.1,0.0001,learningRate:high,2.5,100,50,,0.25,9,2.5,,done,0.254,real,0.00398406374501992,,,2",
    );
    expect(rows[6]).toBe(
      "0000000000000007,small,paper,trial,adam,,rotated-mnist/0,1,1,0.1,0.0001,learningRate:high,2.5,100,,10,NaN,Infinity,2.5,,diverged,0.254,real,0.00398406374501992,-2.5,3,2",
    );
  });

  it("curves.csv has the trials' curves", () => {
    const lines = text("curves.csv").trimEnd().split("\n");
    expect(lines).toHaveLength(1 + 7 * 2);
    expect(lines.slice(0, 3)).toEqual([
      "run_id,method,dataset,trial,epoch,step,train_loss,test_acc,wall_s,numerics",
      "0000000000000002,sgd,rotated-mnist/0,0,0.5,50,1.5,,0.125,2",
      "0000000000000002,sgd,rotated-mnist/0,0,1,100,0.25,50,0.25,2",
    ]);
  });

  it("do not depend on when, where and how fast the runs were made, nor on their order", () => {
    const other = join(root, "other");
    const elsewhere = records({
      timings: { dataMilliseconds: 9, stepMilliseconds: 9, evaluationMilliseconds: 9, wallMilliseconds: 99 },
      startedAt: "2031-01-01T00:00:00.000Z",
      git: null,
    }).reverse();
    writeExperiment(other, elsewhere);
    writeTables(readExperiment(other, "small"), SHOWS, true);
    for (const name of ["accuracy.csv", "accuracy.runs.json", "auc.csv", "auc.runs.json"])
      expect(text(name, "small", other)).toBe(text(name));
  });

  it("of a paper's table have its printed columns", () => {
    const { files } = writeTables(readExperiment(results, "paper-table"), SHOWS, true);
    expect(files).toContain(join(results, "paper-table", "table1_top.csv"));
    const [heading, sgd, ...others] = text("table1_top.csv", "paper-table").trimEnd().split("\n");
    const columns = [0, 15, 30, 45, 60, 75].map((column) => `${column}_mean,${column}_std`);
    expect(heading).toBe(`method,${columns.join(",")},numerics`);
    expect(sgd).toBe("sgd,62.5,17.67766952966369,25,0,,,,,,,,,2");
    expect(others.map((row) => row.split(",")[0])).toEqual(PAPER_ROWS.slice(1));
    expect(text("accuracy.csv", "paper-table")).toMatch(/^sgd,62.5,.*,2,done,2$/m);
  });

  it("leave out runs that the plan does not name", () => {
    const stray = trialCell(99, "sgd", "rotated-mnist/0", 0);
    openRunStore(results, "small").write(record(stray, { testAccuracy: 1 }), []);
    writeTables(small(), SHOWS, true);
    expect(text("accuracy.csv")).toBe(ACCURACY);
  });

  it("mark failed runs and do not count them", () => {
    const cells = [trialCell(1, "sgd", "mnist", 0), trialCell(2, "sgd", "mnist", 1)];
    const failing = plan(cells, { experiment: "failing", methods: [{ id: "sgd", title: "SGD" }], holdouts: ["mnist"] });
    const failure = record(cells[0]!, { testAccuracy: 0.9 }, { state: "failed", failure: "crash" });
    writeExperiment(results, [failure, record(cells[1]!, { testAccuracy: 0.5 })], failing);
    writeTables(readExperiment(results, "failing"), SHOWS, true);
    expect(text("accuracy.csv", "failing")).toContain("\nsgd,50,,50,,1,mnist: 1 of 2 failed,2\n");
  });
});

describe("rendering", () => {
  it("text", () => {
    expect(FORMATS.text([resultTable(measureTrials(small(), METRICS.accuracy))])).toBe(
      `Test accuracy in percent, mean ± std over 1 to 2 trials (small)
method  rotated-mnist/0  rotated-mnist/15        average
------  ---------------  ----------------  -------------
SGD      >62.50 ± 17.68      25.00 ± 0.00  >43.75 ± 8.84
Adam     36.25 ± 37.12*           >37.50*          36.88
Higher is better; > marks the best of a column.
* Adam: rotated-mnist/0: 1 of 2 diverged; rotated-mnist/15: 1 of 2 missing
`,
    );
  });

  it("text that fits a terminal, with the direction that is better", () => {
    expect(FORMATS.text([resultTable(measureTrials(small(), METRICS.auc))], 40)).toMatch(/^Lower is better\.$/m);
    for (const width of [40, 60, 80]) {
      const lines = FORMATS.text([resultTable(measureTrials(small(), METRICS.accuracy))], width).split("\n");
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    }
  });

  it("markdown, the best in bold", () => {
    expect(FORMATS.markdown([resultTable(measureTrials(small(), METRICS.auc))])).toBe(
      `Area under the training-loss curve, mean ± std over 0 to 2 trials (small)

| method | rotated-mnist/0 | rotated-mnist/15 | average |
| --- | ---: | ---: | ---: |
| SGD | 1.500 ± 0.707 | 4.250 ± 0.354 | 2.875 ± 0.530 |
| Adam | diverged* | -* | - |

\\* Adam: rotated-mnist/0: 1 of 2 diverged; rotated-mnist/15: 1 of 2 missing and 1 of 2 without a value  
`,
    );
    expect(FORMATS.markdown([resultTable(measureTrials(small(), METRICS.accuracy))])).toContain(
      "| SGD | **62.50 ± 17.68** | 25.00 ± 0.00 | **43.75 ± 8.84** |\n| Adam | 36.25 ± 37.12* | **37.50*** |",
    );
  });

  it("latex, escaped", () => {
    const rendered = FORMATS.latex([resultTable(measureTrials(readExperiment(results, "failing"), METRICS.accuracy))]);
    expect(rendered).toBe(
      `% \\usepackage{booktabs}
\\begin{table}
  \\centering
  \\caption{Test accuracy in percent, mean $\\pm$ std over 1 trial (failing)}
  \\label{tab:failing-accuracy}
  \\begin{tabular}{lr}
    \\toprule
    method & mnist \\\\
    \\midrule
    SGD & 50.00* \\\\
    \\bottomrule
  \\end{tabular}
  \\par {\\footnotesize * SGD: mnist: 1 of 2 failed}
\\end{table}
`,
    );
    const { plan, ...held } = small();
    const odd = measureTrials({ ...held, plan: { ...plan, experiment: "50%_of\\x" } }, METRICS.accuracy);
    expect(FORMATS.latex([resultTable(odd)])).toContain("(50\\%\\_of\\textbackslash{}x)");
  });

  it("says that data are not real", () => {
    const synthetic = join(root, "synthetic");
    writeExperiment(synthetic, records({ data: { tag: "synthetic", checksums: {} } }));
    const table = measureTrials(readExperiment(synthetic, "small"), METRICS.accuracy);
    expect(FORMATS.text([resultTable(table)])).toContain("(small, synthetic data)");
  });

  it("as plain values", () => {
    expect(JSON.parse(JSON.stringify(resultsJson(measureTrials(small(), METRICS.auc))))).toMatchObject({
      metric: "auc",
      rows: [
        { method: "sgd", trials: 2, cells: { "rotated-mnist/0": { mean: 1.5, values: [1, 2], marks: [] } } },
        { method: "adam", average: { mean: null, std: null }, cells: { "rotated-mnist/0": { mean: "Infinity" } } },
      ],
    });
  });
});

describe("choosing", () => {
  const metrics = (choice: ReturnType<typeof chooseTables>) => choice.metrics.map(({ id }) => id);

  it("finds experiments and metrics by name", () => {
    expect(metrics(chooseTables(results, SHOWS, "small"))).toEqual(["accuracy", "auc"]);
    expect(metrics(chooseTables(results, SHOWS, "auc", "small"))).toEqual(["auc"]);
  });

  it("lists what there is when several fit or none does", () => {
    const several = userError(() => chooseTables(results, SHOWS));
    expect(several.exitCode).toBe(EXIT.usage);
    expect(several.message).toBe(
      `${results}: 3 experiments\n  accepted: failing, paper-table, small\n  hint: metamd table failing, or --config FILE`,
    );
    expect(userError(() => chooseTables(results, SHOWS, "acuracy")).message).toBe(
      'table: unknown name "acuracy"\n  accepted: accuracy, auc, failing, paper-table, small, all, table1, table2, table3, ' +
        "table4, table5, table6, table7, table8, table9, fig1_summary, tuning-cost, scores, time-to-target, " +
        "hypergradient, table1_top, " +
        "table1_bottom, table8_accuracy, table8_auc\n  hint: did you mean accuracy?",
    );
    expect(userError(() => chooseTables(results, SHOWS, undefined, undefined, "desk")).message).toContain(
      "of this preset",
    );
    const empty = userError(() => chooseTables(join(root, "empty"), SHOWS));
    expect(empty.exitCode).toBe(EXIT.usage);
    expect(empty.message).toContain(`${join(root, "empty")}: no experiment in this folder`);
    expect(userError(() => chooseTables(results, SHOWS, undefined, "absent")).message).toContain(
      `${join(results, "absent")}: no such folder`,
    );
  });
});
