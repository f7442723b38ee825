import { describe, expect, test } from "vitest";
import { overfits, truthOf, type Truth } from "../../../src/reporting/paper/claims.js";
import type { Means } from "../../../src/reporting/statistics/means.js";
import { paperResults, type Claim } from "../../../src/reporting/paper/paper-results.js";
import { methodPanels, printedSummaries, RANK_COLUMN, type NamedPanel } from "../../../src/reporting/paper/printed.js";

const panelOf = (table: string, id = "main") =>
  methodPanels().find((one) => one.table === table && one.panel.id === id)!.panel;
const ranksOf = (table: string, id?: string): Record<string, number | undefined> =>
  Object.fromEntries(
    [...printedSummaries(panelOf(table, id))].map(([method, { averageRank }]) => [method, averageRank]),
  );
const printedRanks = (table: string, id?: string): Record<string, number | undefined> =>
  Object.fromEntries(
    Object.entries(panelOf(table, id).rows).map(([method, cells]) => [method, cells["average_rank"]!.mean]),
  );

/** Whether the paper's own printed cells support a claim: partial, where they do as far as they are known. */
function printedTruth({ experiment, predicate }: Claim): Claim["printed"] {
  if (predicate.kind === "coverage") return "unknown";
  const { metric } = predicate;
  const means = together(methodPanels().filter((one) => one.experiment === experiment && one.panel.metric === metric));
  if (means === undefined) return "unknown";
  const compared = new Set(paperResults().compared[experiment]!);
  const truth =
    predicate.kind === "overfit"
      ? overfits(predicate.method, predicate.baseline, new Map(), means)
      : truthOf(predicate, new Map([...means].filter(([method]) => compared.has(method))));
  return worded(truth);
}

const worded = ({ holds, incomplete }: Truth): Claim["printed"] =>
  holds === undefined ? "unknown" : holds && incomplete ? "partial" : holds;

/** Panels side by side, as those of one figure; undefined where none has a row. */
function together(panels: readonly NamedPanel[]): Means | undefined {
  const [first, ...rest] = panels.map(({ panel }) => printedMeans(panel)).filter(({ size }) => size > 0);
  return rest.reduce<Means | undefined>(
    (one, other) => one && new Map([...one].map(([method, row]) => [method, [...row, ...(other.get(method) ?? [])]])),
    first,
  );
}

/** The printed means of a panel, without the column of mean ranks. */
function printedMeans({ columns, rows }: NamedPanel["panel"]): Means {
  const data = columns.filter((column) => column !== RANK_COLUMN);
  return new Map(Object.entries(rows).map(([method, cells]) => [method, data.map((column) => cells[column]?.mean)]));
}

describe("the paper's own numbers, recomputed", () => {
  test.each(paperResults().claims)("$id: $statement", (claim) => expect(printedTruth(claim)).toBe(claim.printed));

  test("mean ranks of Table 6 and of Table 8's areas follow from the printed cells", () => {
    expect(Object.values(ranksOf("table6"))).toEqual([4, 1, 5, 4.25, 5, 8.5, 7, 8.25, 2]);
    expect(ranksOf("table6")).toEqual(printedRanks("table6"));
    expect(ranksOf("table8", "auc")).toEqual(printedRanks("table8", "auc"));
  });

  test("those of Table 8's accuracies do not", () => {
    expect(ranksOf("table8", "accuracy")).toEqual({ sgd_momentum: 2.75, adam: 1.75, metamd: 1.5 });
    expect(printedRanks("table8", "accuracy")).toEqual({ sgd_momentum: 2.5, adam: 2.5, metamd: 1.5 });
    expect(panelOf("table8", "accuracy").derived.average_rank_recomputed).toEqual(ranksOf("table8", "accuracy"));
  });

  test("averages are of rows without a lost cell", () => {
    const top = printedSummaries(panelOf("table1", "top"));
    expect(top.get("metamd")!.average).toBeCloseTo(95.3517, 4);
    expect(top.get("sgd")).toEqual({ average: undefined, averageRank: undefined });
  });

  test("ratios to SGD-M's time are those written beside them", () => {
    const { rows, derived } = panelOf("table7");
    const sgd = rows["sgd_momentum"]!["time"]!.mean;
    for (const [method, ratio] of Object.entries(derived.ratio_to_sgd_momentum!))
      expect(rows[method]!["time"]!.mean / sgd).toBeCloseTo(ratio, 3);
  });

  test("every panel has rows of those that the paper compares", () => {
    for (const { panel, experiment, table } of methodPanels())
      for (const method of Object.keys(panel.rows))
        expect(paperResults().compared[experiment], `${table} ${panel.id}`).toContain(method);
  });
});
