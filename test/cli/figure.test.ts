import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { figure } from "../../src/cli/figure.js";
import { EXIT } from "../../src/core/errors.js";
import { trialRun, writeRuns } from "../reporting/figures/fixtures.js";
import { commandLine } from "../support/command.js";
import { scratchFolder } from "../support/folder.js";

const folder = scratchFolder();
const results = join(folder, "results");
writeRuns(results, "E3", ["mnist"], [trialRun("sgd", "mnist", 0), trialRun("adam", "mnist", 0)]);
const { written, run, refused } = commandLine(figure, results);

describe("metamd figure", () => {
  it("writes a figure and its data, and says how it was made", async () => {
    await run("figure", "fig3");
    const files = ["fig3.svg", "fig3.csv"].map((name) => join(results, "figures", name));
    expect(written.out).toBe(`fig3: ${files.join(", ")}\n`);
    expect(written.err).toContain("Preset paper, real data. No records of QMNIST and SVHN.");
    expect(readFileSync(files[0]!, "utf8")).toMatch(/^<svg .*<\/svg>\n$/s);
    expect(readFileSync(files[1]!, "utf8").split("\n")).toHaveLength(2 + 2 * 20);
  });

  it("writes PNG of a width elsewhere, and nothing else when quiet", async () => {
    const out = join(folder, "out");
    await run("--quiet", "figure", "fig3", "--format", "png", "--width", "single", "--out", out);
    expect(readdirSync(out).sort()).toEqual(["fig3.csv", "fig3.png"]);
    expect(readFileSync(join(out, "fig3.png")).subarray(1, 4).toString()).toBe("PNG");
    expect(written.err).toBe("");
  });

  it("says of all in a line each which have no records, and what makes them", async () => {
    await run("figure", "--out", join(folder, "all"));
    const lines = written.out.trimEnd().split("\n");
    expect(lines).toHaveLength(15);
    expect(lines[0]).toBe(
      "fig1: not run: no record of the quadratic study; metamd quadratic --config configs/quadratic.yaml",
    );
    expect(lines[3]).toBe(
      "fig4: not run: no finished trial of E5 on Pubfig; metamd run --config configs/high-resolution.yaml",
    );
    expect(lines[4]).toMatch(/^fig5: .*fig5\.svg, .*fig5\.csv$/);
    expect(existsSync(join(folder, "all", "fig1.svg"))).toBe(false);
  });

  it("is JSON for machines", async () => {
    await run("--json", "figure", "fig5");
    expect(JSON.parse(written.out)).toMatchObject([
      { id: "fig5", widthInches: 6.9, alt: expect.any(String) as string },
    ]);
  });

  it("refuses an unknown figure, and a folder or preset without records", async () => {
    const unknown = await refused("figure", "fig33");
    expect(unknown.exitCode).toBe(EXIT.usage);
    expect(unknown.message).toMatch(
      /^figure: unknown name "fig33"\n {2}accepted: fig1, .*, profile, profiles, ablation, hypergradient, all\n {2}hint: did you mean fig3\?$/,
    );
    const none = await refused("--preset", "desk", "figure", "fig3");
    expect(none.message).toContain(`${results}: no experiment of preset desk in this folder`);
  });
});
