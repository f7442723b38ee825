import { expect, test } from "vitest";
import { paperResults } from "../../../src/reporting/paper/paper-results.js";
import { meanRanks } from "../../../src/reporting/statistics/ranks.js";
import { PANELS, type PanelEntry } from "../../../src/reporting/tables/registry.js";

/** Printed cells by dataset, and the mean ranks beside them. */
function printed({ printed }: PanelEntry): { numbers: number[][]; ranks: number[]; recomputed: number[] } {
  const panel = paperResults()
    .tables.find(({ id }) => id === printed.table)!
    .panels.find(({ id }) => id === printed.panel)!;
  if (panel.metric === "dataset_statistics") throw new Error("no methods");
  const rows = Object.values(panel.rows);
  const columns = panel.columns.filter((column) => column !== "average_rank");
  return {
    numbers: columns.map((column) => rows.map((row) => row[column]!.mean)),
    ranks: rows.map((row) => row.average_rank!.mean),
    recomputed: Object.values(panel.derived.average_rank_recomputed ?? {}),
  };
}

test("the paper's mean ranks of Table 6 and of Table 8's AUC follow from its cells, those of its accuracy do not", () => {
  const table6 = printed(PANELS.table6);
  expect(meanRanks(table6.numbers, false)).toEqual([4, 1, 5, 4.25, 5, 8.5, 7, 8.25, 2]);
  expect(table6.ranks).toEqual([4, 1, 5, 4.25, 5, 8.5, 7, 8.25, 2]);
  const auc = printed(PANELS.table8_auc);
  expect(meanRanks(auc.numbers, false)).toEqual(auc.ranks);
  const accuracy = printed(PANELS.table8_accuracy);
  expect(meanRanks(accuracy.numbers, true)).toEqual([2.75, 1.75, 1.5]);
  expect(accuracy.recomputed).toEqual([2.75, 1.75, 1.5]);
  expect(accuracy.ranks).toEqual([2.5, 2.5, 1.5]);
});

test("ties share the mean rank, what diverged comes last either way", () => {
  expect(meanRanks([[1, 2, 2, 3]], false)).toEqual([1, 2.5, 2.5, 4]);
  expect(meanRanks([[Infinity, 2, Infinity]], false)).toEqual([2.5, 1, 2.5]);
  expect(meanRanks([[Infinity, 2, 3]], true)).toEqual([3, 2, 1]);
  expect(meanRanks([[NaN, 2]], false)).toEqual([2, 1]);
});

test("a dataset without runs does not count; a method without a number that others have gets no rank", () => {
  const nothing = [undefined, undefined, undefined];
  expect(meanRanks([nothing, [3, 1, 2]], false)).toEqual([3, 1, 2]);
  expect(
    meanRanks(
      [
        [1, undefined, 2],
        [3, 1, 2],
      ],
      false,
    ),
  ).toEqual([2, undefined, 2]);
  expect(meanRanks([nothing], false)).toEqual(nothing);
});
