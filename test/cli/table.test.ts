import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { table } from "../../src/cli/table.js";
import { EXIT } from "../../src/core/errors.js";
import { records, writeExperiment } from "../reporting/fixtures.js";
import { commandLine } from "../support/command.js";
import { scratchFolder } from "../support/folder.js";

const results = join(scratchFolder(), "results");
writeExperiment(results, records());
const { written, run, refused } = commandLine(table, results);

describe("metamd table", () => {
  it("prints accuracy and AUC, and says which files it wrote", async () => {
    await run("table");
    expect(written.out).toMatch(/^Test accuracy in percent[^]*\n\nArea under the training-loss curve/);
    expect(written.err).toContain(`written:\n  ${join(results, "small", "accuracy.csv")}`);
  });

  it("prints them where they cannot be written, and says why they are not kept", async () => {
    const elsewhere = join(scratchFolder(), "results");
    writeExperiment(elsewhere, records());
    // A file cannot take a folder's place, whoever runs the test.
    const inTheWay = join(elsewhere, "small", "accuracy.csv");
    mkdirSync(join(inTheWay, "folder"), { recursive: true });
    for (const quiet of [[], ["--quiet"]]) {
      written.out = written.err = "";
      await run("--results", elsewhere, ...quiet, "table");
      expect(written.out).toMatch(/^Test accuracy in percent[^]*\n\nArea under the training-loss curve/);
      expect(written.err).toMatch(/^shown, but not kept: \S+small: cannot be written: E\w+: [^\n]*\n$/);
    }
  });

  it("prints one of them in a format, and nothing else when quiet", async () => {
    await run("--quiet", "table", "auc", "--format", "csv");
    expect(written.out).toMatch(/^method,rotated-mnist\/0_mean,[^\n]*\nsgd,1\.5,0\.7071067811865476,/);
    expect(written.err).toBe("");
    written.out = "";
    await run("table", "accuracy", "--format", "markdown");
    expect(written.out).toContain("| SGD | **62.50 ± 17.68** |");
    written.out = "";
    await run("table", "accuracy", "--format", "latex");
    expect(written.out).toContain("\\begin{tabular}{lrrr}");
    written.out = "";
    await run("--json", "table", "accuracy");
    expect(JSON.parse(written.out)).toMatchObject([
      { metric: "accuracy", rows: [{ method: "sgd" }, { method: "adam" }] },
    ]);
  });

  it("compares methods with the best baseline, in place of the table", async () => {
    await run("table", "small", "--statistics");
    expect(written.out).toMatch(/^Test accuracy in percent \(small\): two-sided tests, paired by trial/);
    expect(written.out).toContain("\nAgainst SGD, the baseline of the highest mean");
    expect(written.out).toContain("\n95 % confidence intervals of the means\n");
    expect(written.out).toContain("\nArea under the training-loss curve (small): two-sided tests");
    written.out = "";
    await run("table", "accuracy", "--statistics", "--format", "csv");
    expect(written.out).toMatch(/^method,baseline,column,pairs,difference,wilcoxon_p,[^\n]*\nadam,sgd,all,3,/);
    written.out = "";
    await run("--json", "table", "small", "--statistics");
    expect(JSON.parse(written.out)).toMatchObject([
      {
        table: { metric: "accuracy" },
        baseline: { method: "sgd", title: "SGD" },
        overall: [{ method: "adam", pairs: 3 }],
      },
      { table: { rows: [{ cells: { "rotated-mnist/0": { values: [1, 2] } } }, { method: "adam" }] } },
    ]);
    expect((await refused("table", "small", "--statistics", "--format", "latex")).message).toBe(
      "--statistics: --format latex\n  accepted: text, csv, markdown",
    );
    expect((await refused("table", "table9", "--statistics")).message).toContain(
      "table9, which has no trials to compare",
    );
    expect((await refused("table", "table2", "--statistics")).message).toContain("no records for table2");
  });

  it("follows --config to the experiment", async () => {
    const error = await refused("--config", "configs/quickstart.yaml", "--preset", "smoke", "table");
    expect(error.exitCode).toBe(EXIT.usage);
    expect(error.message).toContain(`${join(results, "quickstart-smoke")}: no such folder`);
  });
});
