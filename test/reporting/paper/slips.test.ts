import { expect, test } from "vitest";
import { paperResults } from "../../../src/reporting/paper/paper-results.js";
import { paperSlips, slipsOf } from "../../../src/reporting/paper/slips.js";

const { tables, figures, claims } = paperResults();
const known = [
  ...tables.flatMap(({ id, panels }) => [id, ...panels.map((panel) => `${id}.${panel.id}`)]),
  ...[...figures, ...claims].map(({ id }) => id),
  "theorem4.1",
];

test("every slip concerns what exists, and has an id of its own", () => {
  for (const { concerns } of paperSlips()) for (const id of concerns) expect(known).toContain(id);
  expect(new Set(paperSlips().map(({ id }) => id)).size).toBe(paperSlips().length);
});

test("slips are found by panel, by whole table and by claim", () => {
  const ids = (of: string): string[] => slipsOf(of).map(({ id }) => id);
  expect(ids("table8.auc")).toEqual(["fine-tuning-areas", "few-columns", "areas-without-spread"]);
  expect(ids("table8")).toContain("rank-averages");
  expect(ids("table4.main")).toEqual(["pets-split", "caltech-count", "validation-counted"]);
  expect(ids("C8.1")).toEqual(["rank-averages", "few-columns"]);
  expect(ids("table1.bottom")).toEqual(["table1-metamd"]);
  expect(ids("table80")).toEqual([]);
});

test("what the paper's text lost is told wherever a claim's cells are", () => {
  for (const { id, printed } of claims) if (printed === "partial") expect(slipsOf(id).length, id).toBeGreaterThan(0);
});
