import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { claims } from "../../src/cli/claims.js";
import { EXIT } from "../../src/core/errors.js";
import { NUMERICS } from "../../src/records/numerics.js";
import { readExperiment } from "../../src/reporting/experiment.js";
import { writeTables } from "../../src/reporting/tables/write.js";
import { PLAN, records, writeExperiment } from "../reporting/fixtures.js";
import { commandLine } from "../support/command.js";
import { scratchFolder } from "../support/folder.js";
import { SHOWS } from "../support/studies.js";

const results = join(scratchFolder(), "results");
writeExperiment(results, records(), { ...PLAN, config: { name: "small", experiment: "E2" } });
const { written, run, refused } = commandLine(claims, results);

describe("metamd claims", () => {
  it("prints every claim with its verdict and reason, and counts the verdicts", async () => {
    await run("claims");
    expect(written.out).toMatch(/^C1\.1 +NOT RUN: MetaMD needs fewer iterations/);
    expect(written.out).toContain("Paper's own numbers: support it as far as they are known. Not run: ");
    expect(written.out).toContain("Note: In the column of 0 degrees the six baselines are lost.");
    expect(written.out).toMatch(/\n24 claims: 24 not run\n$/);
    expect(written.err).toBe("");
  });

  it("prints those of one experiment as CSV, Markdown or JSON", async () => {
    await run("claims", "E2", "--format", "csv");
    expect(written.out.split("\n").slice(0, 2)).toEqual([
      "claim,statement,predicate,verdict,p,printed_verdict,evidence,reason,numerics",
      expect.stringMatching(/^C2\.1,MetaMD has the best .*,not run,,partial,,"?Not run: .*,2$/),
    ]);
    written.out = "";
    await run("claims", "E2", "--format", "markdown");
    expect(written.out).toMatch(/^\| claim \| statement \|.*\n\| --- .*\n\| C2\.1 \|/);
    written.out = "";
    await run("--json", "claims", "E2");
    expect(JSON.parse(written.out)).toMatchObject([{ claim: { id: "C2.1" } }, { claim: { id: "C2.2" } }]);
  });

  it("prints printed numbers beside ours", async () => {
    await run("claims", "E2", "--cells");
    expect(written.out).toMatch(/table1 top +SGD +15 +91\.91 ± 0\.49 +25\.00 ± 0\.00 +2 +-66\.91 +below/);
    expect(written.out).toContain("none: 1 of 2 missing");
    expect(written.out).toContain("38 printed numbers have none of ours beside them.");
    written.out = "";
    await run("claims", "E2", "--cells", "--format", "csv");
    expect(written.out).toContain(`\ntable1,top,sgd,15,91.91,0.49,25,0,2,-66.91,below,${NUMERICS}\n`);
    written.out = "";
    await run("--json", "claims", "E2", "--cells");
    expect(JSON.parse(written.out)).toHaveLength(42);
  });

  it("refuses an experiment that the paper has not, and a preset that was not run", async () => {
    const unknown = await refused("claims", "E11");
    expect(unknown.exitCode).toBe(EXIT.usage);
    expect(unknown.message).toContain('experiment: unknown name "E11"\n  accepted: E1, E2,');
    const preset = await refused("--preset", "desk", "claims");
    expect(preset.message).toContain("no experiment of preset desk in this folder");
  });
});

it("claims.csv and a file per printed table are written with the tables, the same bytes every time", () => {
  const experiment = readExperiment(results, "small");
  const { files } = writeTables(experiment, SHOWS, false);
  const folder = join(results, "small");
  expect(files).toContain(join(folder, "claims.csv"));
  expect(readdirSync(folder).filter((name) => name.endsWith("_vs_paper.csv"))).toEqual(["table1_top_vs_paper.csv"]);
  const held = readFileSync(join(folder, "table1_top_vs_paper.csv"), "utf8");
  expect(held).toMatch(/^table,panel,method,.*\ntable1,top,sgd,0,,,62\.5,17\.6\d*,2,,lost,2\n/);
  writeTables(readExperiment(results, "small"), SHOWS, false);
  expect(readFileSync(join(folder, "table1_top_vs_paper.csv"), "utf8")).toBe(held);
});

it("an experiment that is none of the paper's has neither", () => {
  const other = join(scratchFolder(), "other");
  writeExperiment(other, records());
  writeTables(readExperiment(other, "small"), SHOWS, false);
  expect(readdirSync(join(other, "small"))).not.toContain("claims.csv");
});
