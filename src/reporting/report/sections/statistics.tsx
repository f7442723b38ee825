import type { VNode } from "preact";
import type { BaselineTest, Comparison } from "../../statistics/compare.js";
import { fixed, intervalText, probability, rankTests } from "../../statistics/render-comparison.js";
import { DataTable, type Column, type Row } from "../elements.js";

/** Tests of every method against the best baseline, confidence intervals and mean ranks, folded up. */
export function Statistics({ id, comparison }: { id: string; comparison: Comparison }): VNode | null {
  const { baseline, overall, table, intervals, ranks } = comparison;
  if (baseline === undefined || overall.length === 0) return null;
  const { decimals, id: metric } = table.metric;
  const resampled = intervals.some(({ bootstrap }) => bootstrap !== undefined);
  return (
    <details id={`${id}-statistics`}>
      <summary>Against {baseline.title}, the best baseline; confidence intervals; ranks</summary>
      <DataTable
        id={`${id}-tests`}
        caption="Two-sided tests over trials and columns, paired by trial; Holm: corrected for the methods"
        columns={[{ title: "Method" }, ...numeric(["Pairs", metric === "auc" ? "Ratio" : "Difference", ...TESTS])]}
        rows={overall.map((one) => testRow(one, decimals))}
      />
      <DataTable
        id={`${id}-intervals`}
        caption="95 % confidence intervals of the means"
        columns={[
          { title: "Method" },
          { title: "Column" },
          ...numeric(["n", "Mean", "Student's t", ...(resampled ? ["Bootstrap (BCa)"] : [])]),
        ]}
        rows={intervals.map(({ method, title, column, n, mean, t, bootstrap }) => ({
          method,
          cells: [
            { shown: title },
            { shown: column },
            { shown: n, value: n },
            { shown: fixed(mean, decimals), value: mean },
            ...(resampled ? [t, bootstrap] : [t]).map((ends) => ({
              shown: intervalText(ends, decimals),
              value: ends?.[0],
            })),
          ],
        }))}
      />
      <DataTable
        id={`${id}-ranks`}
        caption="Mean rank over the columns in which every method has a number, 1 for the best"
        columns={[{ title: "Method" }, ...numeric(["Mean rank"])]}
        rows={ranks.meanRanks.map((rank, i) => ({
          method: table.rows[i]!.method,
          cells: [{ shown: ranks.methods[i]! }, { shown: fixed(rank, 2), value: rank }],
        }))}
        notes={[{ text: rankTests(comparison) }]}
      />
    </details>
  );
}

const TESTS = ["Wilcoxon p", "Holm", "t p", "Holm (t)", "d_z", "Rank-biserial"];
const numeric = (titles: readonly string[]): Column[] => titles.map((title) => ({ title, numeric: true }));

function testRow(one: BaselineTest, decimals: number): Row {
  const p = [one.wilcoxon.p, one.wilcoxonHolm, one.pairedT.p, one.pairedTHolm];
  return {
    method: one.method,
    cells: [
      { shown: one.title },
      { shown: one.pairs, value: one.pairs },
      { shown: fixed(one.difference, decimals), value: one.difference },
      ...p.map((value) => ({ shown: probability(value), value })),
      ...[one.dz, one.rankBiserial].map((value) => ({ shown: fixed(value, 2), value })),
    ],
  };
}
