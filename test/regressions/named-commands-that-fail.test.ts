import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { main } from "../../src/cli/main.js";
import { loadHypergradient } from "../../src/studies/hypergradient/settings.js";
import { loadConfig } from "../../src/config/load.js";
import { loadQuadratic } from "../../src/studies/quadratic/settings.js";
import { EXIT } from "../../src/core/errors.js";
import { packageRoot } from "../../src/core/files.js";
import { isNotRun } from "../../src/reporting/figures/figure.js";
import { figuresOf } from "../../src/reporting/figures/index.js";
import { commandsThatMake, tablesOf } from "../../src/reporting/tables/make-table.js";
import { PANELS, type PanelId } from "../../src/reporting/tables/registry.js";
import { SHOWS } from "../support/studies.js";

const NOTHING = { results: "results", experiments: [], analyses: [], studies: SHOWS };
const [FIGURES, TABLES] = [figuresOf(SHOWS), tablesOf(SHOWS)];
const run = (config: string): string => `metamd run --config configs/${config}.yaml`;

const OF_FIGURES: Readonly<Record<string, string>> = {
  fig1: "metamd quadratic --config configs/quadratic.yaml",
  fig2: run("rotated-mnist"),
  fig3: run("diverse-digits"),
  fig4: run("high-resolution"),
  fig5: run("diverse-digits"),
  fig6: run("high-resolution"),
  fig7: `${run("landscape")}, metamd analyse landscape --config configs/landscape.yaml`,
  fig8: `${run("landscape")}, metamd analyse rank --config configs/landscape.yaml`,
  fig9: run("weight-decay"),
  sensitivity: "metamd tune --config FILE",
  tuning: "metamd tune --config FILE",
  profile: "metamd run --config FILE",
  profiles: "metamd run --config FILE",
  ablation: run("ablation"),
  hypergradient: "metamd analyse hypergradient --config configs/hypergradient.yaml",
};
const OF_TABLES: Readonly<Record<string, string>> = {
  table1: `${run("rotated-mnist")}, ${run("diverse-digits")}`,
  table2: run("cifar10"),
  table3: run("high-resolution"),
  table4: "metamd analyse datasets --config configs/high-resolution.yaml",
  table5: run("cifar10"),
  table6: run("high-resolution"),
  table7: "metamd analyse cost --config configs/high-resolution.yaml",
  table8: run("fine-tuning"),
  table9: "metamd analyse cost --config configs/high-resolution.yaml",
  fig1_summary: "metamd quadratic --config configs/quadratic.yaml",
  "tuning-cost": "metamd run --config FILE",
  scores: "metamd run --config FILE",
  "time-to-target": "metamd run --config FILE",
  hypergradient: "metamd analyse hypergradient --config configs/hypergradient.yaml",
};

/** What a figure without records says. */
function ofFigure(id: string): string {
  const made = FIGURES[id]!.draw(NOTHING, { by: "step" });
  if (!isNotRun(made)) throw new Error(`${id} is drawn of nothing`);
  return made.command;
}
const panels = (Object.keys(PANELS) as PanelId[]).map((id) =>
  commandsThatMake(
    Object.keys(TABLES).find((table) => Object.values(TABLES[table]!.files).flat().includes(id))!,
    SHOWS,
    id,
  ),
);

describe("the commands that tables and figures without records name", () => {
  let out = "";
  const listeners = process.stdout.listeners("error");
  beforeEach(() => {
    out = "";
    vi.spyOn(process.stdout, "write").mockImplementation((text) => ((out += String(text)), true));
    vi.spyOn(process.stderr, "write").mockImplementation(() => true);
  });
  afterEach(() => {
    for (const added of process.stdout.listeners("error").slice(listeners.length))
      process.stdout.removeListener("error", added as () => void);
  });

  it("are these", () => {
    const ids = Object.keys(FIGURES);
    expect(Object.fromEntries(ids.map((id) => [id, ofFigure(id)]))).toEqual(OF_FIGURES);
    const tables = Object.keys(TABLES);
    expect(Object.fromEntries(tables.map((id) => [id, commandsThatMake(id, SHOWS)]))).toEqual(OF_TABLES);
    expect(commandsThatMake("table1", SHOWS, "table1_top")).toBe(run("rotated-mnist"));
  });

  const named = [...Object.values(OF_FIGURES), ...Object.values(OF_TABLES), ...panels];
  it.each([...new Set(named.flatMap((text) => text.split(", ")))])("exists, as does its config: %s", async (text) => {
    const [, ...words] = text.split(" ");
    const path = words.slice(0, words.indexOf("--config"));
    const config = words[words.indexOf("--config") + 1]!;
    // The help of a group answers for names that it does not have.
    expect(await main(["node", "metamd", ...words, "--help"])).toBe(EXIT.ok);
    expect(out).toMatch(new RegExp(`^Usage: metamd ${path.join(" ")} `));
    if (config === "FILE") return;
    const loaders: Readonly<Record<string, typeof loadConfig | typeof loadQuadratic | typeof loadHypergradient>> = {
      quadratic: loadQuadratic,
      "analyse hypergradient": loadHypergradient,
    };
    const load = loaders[path.join(" ")] ?? loadConfig;
    expect(load({ config: `${packageRoot()}/${config}` }).preset).toBe("paper");
  });
});
