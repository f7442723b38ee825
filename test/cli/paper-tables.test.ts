import { cpSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { table } from "../../src/cli/table.js";
import { EXIT } from "../../src/core/errors.js";
import { packageRoot } from "../../src/core/files.js";
import { commandLine } from "../support/command.js";
import { scratchFolder } from "../support/folder.js";

const results = join(scratchFolder(), "results");
cpSync(join(packageRoot(), "test/fixtures/results"), results, { recursive: true });
const { written, run, refused } = commandLine(table, results);
const golden = (name: string): string => readFileSync(join(packageRoot(), "test/golden/tables", name), "utf8");

describe("metamd table of the paper", () => {
  it.each([
    ["text", "table2.txt"],
    ["csv", "table2.csv"],
    ["markdown", "table2.md"],
    ["latex", "table2.tex"],
  ])("prints a table as %s", async (format, name) => {
    await run("table", "table2", "--format", format);
    expect(written).toEqual({ out: golden(name), err: "" });
  });

  it("prints one panel, and both of a table", async () => {
    await run("table", "table1_bottom", "--format", "csv");
    expect(written.out).toBe(golden("table1_bottom.csv"));
    written.out = "";
    await run("table", "table1", "--format", "csv");
    expect(written.out).toBe(`${golden("table1_top.csv")}\n${golden("table1_bottom.csv")}`);
    written.out = "";
    await run("--json", "table", "table1_top");
    expect(JSON.parse(written.out)).toMatchObject({ id: "table1", panels: [{ id: "table1_top" }] });
  });

  it("explains a cell", async () => {
    await run("table", "table2", "--explain", "metamd", "CIFAR10");
    expect(written.out).toMatch(
      /^table2, MetaMD, CIFAR10: 11\.25 ± 1\.76777 \(2 numbers\)\npaper: 93\.56 ± 0\.34, bold\n/,
    );
    expect(written.out).toContain(join(results, "cifar10-desk", "runs"));
    written.out = "";
    await run("--json", "table", "table2", "--explain", "metamd", "CIFAR10");
    expect(JSON.parse(written.out)).toMatchObject([{ panel: "table2", method: "metamd", mean: 11.25 }]);
  });

  it("refuses to explain what is no cell", async () => {
    expect((await refused("table", "table2", "--explain", "metamd")).message).toBe(
      "--explain: metamd\n  accepted: a method and a column, after the table\n" +
        "  hint: metamd table table2 --explain METHOD COLUMN",
    );
    expect((await refused("table", "table2", "--explain", "metamdd", "CIFAR10")).message).toContain(
      "hint: did you mean metamd?",
    );
    expect((await refused("table", "--explain", "metamd", "CIFAR10", "table2")).message).toContain(
      "--explain: metamd CIFAR10 table2, but no table before it",
    );
    const error = await refused("table", "accuracy", "--explain", "metamd", "CIFAR10");
    expect(error.exitCode).toBe(EXIT.usage);
    expect(error.message).toContain('table: unknown name "accuracy"\n  accepted: table1, table2');
  });

  it("has nothing to show where there are no records", async () => {
    const error = await refused("--preset", "desk", "table", "table9");
    expect(error.exitCode).toBe(EXIT.usage);
    expect(error.message).toBe(
      `${results}: no records for table9\n` +
        "  accepted: a results folder with runs or analyses of the experiment that makes it\n" +
        "  hint: metamd analyse cost --config configs/high-resolution.yaml",
    );
    expect((await refused("--preset", "smoke", "table", "table2")).message).toContain("no records for table2");
    expect((await refused("--preset", "paper", "table", "tabel2")).message).toContain("did you mean table2?");
  });

  it("says which tables have no records, and what makes them", async () => {
    await run("--preset", "desk", "table", "all");
    expect(written.out).toContain("\ntable7: no records; metamd analyse cost --config configs/high-resolution.yaml\n");
    rmSync(join(results, "tables"), { recursive: true });
  });

  it("writes all tables in all formats and prints them", async () => {
    await run("table", "all");
    expect(written.out).toMatch(/^Table 1, top: [^]*\nTable 2: /);
    expect(written.err).toContain(`written:\n  ${join(results, "tables", "table1.txt")}`);
    const names = readdirSync(join(results, "tables"));
    const made = readdirSync(join(packageRoot(), "test/golden/tables"));
    expect(names.sort()).toEqual(made.sort());
    for (const name of names) expect(readFileSync(join(results, "tables", name), "utf8")).toBe(golden(name));
    const derived = readdirSync(join(results, "cifar10-desk"));
    for (const name of ["table2.csv", "table5.csv", "runs.csv", "curves.csv"]) expect(derived).toContain(name);
    expect(readFileSync(join(results, "cifar10-desk", "table5.csv"), "utf8")).toBe(golden("table5.csv"));
  });

  it("leaves curves to run and table all", async () => {
    await run("table", "high-resolution-smoke");
    const derived = readdirSync(join(results, "high-resolution-smoke"));
    expect(written.err).toContain("accuracy.csv");
    expect(written.err).not.toContain("curves.csv");
    expect(derived).toContain("table3.csv");
  });
});
