import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { shippedConfigs } from "../../../src/config/shipped.js";
import { domainIds } from "../../../src/data/domain.js";
import { METHOD_IDS } from "../../../src/optimisers/index.js";
import { methodTitle } from "../../../src/reporting/method-title.js";
import { paperResults } from "../../../src/reporting/paper/paper-results.js";

const { tables, figures, claims, methods, domains } = paperResults();
interface Config {
  readonly experiment?: string;
  readonly table?: string;
  readonly presets: object;
}
const SUMMARIES = ["average_rank", "time", "count", "train", "test", "classes"];

describe("the paper's printed numbers", () => {
  test("cover nine tables, nine figures and every claim's experiment", () => {
    expect(tables.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `table${n}`));
    expect(figures.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `fig${n}`));
    expect(new Set(claims.map(({ experiment }) => experiment)).size).toBe(10);
  });

  test("are of methods and domains that exist", () => {
    for (const id of Object.keys(methods)) expect(METHOD_IDS).toContain(id);
    for (const id of Object.values(domains)) expect(domainIds()).toContain(id);
    for (const { panels, kind } of tables)
      for (const { rows, columns } of panels) {
        for (const row of Object.keys(rows)) expect(kind === undefined ? methods : domains).toHaveProperty(row);
        for (const column of columns) if (!SUMMARIES.includes(column)) expect(domains).toHaveProperty([column]);
      }
  });

  test("have the methods by the names that they have here", () => {
    for (const [id, { paper_names }] of Object.entries(methods)) expect(methodTitle(id)).toBe(paper_names[0]);
  });

  test("have claims that need presets which the configs of their experiments have", () => {
    const needing = claims.filter(({ presets }) => presets !== undefined);
    expect(needing.map(({ id }) => id)).toEqual(["C3.3", "C5.3"]);
    const configs = shippedConfigs().map((path) => parse(readFileSync(path, "utf8")) as Config);
    for (const { id, experiment, presets } of needing) {
      const config = configs.find((one) => one.experiment === experiment && one.table !== undefined)!;
      expect(["paper", ...Object.keys(config.presets)], id).toEqual(expect.arrayContaining(presets!));
    }
  });

  test("fill every column of every row, if only with what is lost", () => {
    for (const { panels } of tables)
      for (const { rows, columns, id } of panels)
        for (const [row, cells] of Object.entries(rows))
          expect(
            Object.keys(cells).filter((key) => key !== "group"),
            `${id} ${row}`,
          ).toEqual(columns);
  });
});
