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
    expect(written.err).toContain(`written: ${join(results, "small", "accuracy.csv")}`);
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

  it("follows --config to the experiment", async () => {
    const error = await refused("--config", "configs/quickstart.yaml", "--preset", "smoke", "table");
    expect(error.exitCode).toBe(EXIT.usage);
    expect(error.message).toContain(`${join(results, "quickstart-smoke")}: no such folder`);
  });
});
