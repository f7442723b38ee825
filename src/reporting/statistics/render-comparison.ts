import { earlierMark, earlierSentences } from "../numerics.js";
import type { BaselineTest, Comparison } from "./compare.js";
import type { Interval } from "./intervals.js";
import type { TestResult } from "./test-result.js";
import { renderGrid, type GridFormat } from "../grid.js";

/** A comparison for reading, or as three CSV tables apart by empty lines: tests, intervals, ranks. */
export function renderComparison(comparison: Comparison, format: GridFormat): string {
  const { table, baseline, overall, byColumn, intervals } = comparison;
  const { decimals } = table.metric;
  if (format === "csv") return [testsCsv(comparison), intervalsCsv(comparison), ranksCsv(comparison)].join("\n");
  const title = (text: string): string => (format === "markdown" ? `**${text}**\n` : text);
  const best = table.metric.higherIsBetter ? "highest" : "lowest";
  const drawn = table.dataTags.filter((tag) => tag !== "real").map((tag) => `, ${tag} data`);
  const against =
    baseline === undefined
      ? ["No baseline has a number in every column."]
      : [
          title(`Against ${baseline.title}, the baseline of the ${best} mean of those that are not learned`),
          renderGrid(
            ["method", ...heading(comparison)],
            overall.map((one) => [one.title, ...cells(one, decimals)]),
            format,
          ),
          title("By column"),
          renderGrid(
            ["method", "column", ...heading(comparison)],
            byColumn.map((one) => [one.title, one.column!, ...cells(one, decimals)]),
            format,
          ),
        ];
  const resampled = intervals.some(({ bootstrap }) => bootstrap !== undefined);
  const parts = [
    title(
      `${table.metric.title} (${table.experiment}${earlierMark(table.numerics)}${drawn.join("")}): two-sided tests, paired by trial; Holm: corrected for the methods`,
    ),
    ...against,
    title("95 % confidence intervals of the means"),
    renderGrid(
      ["method", "column", "n", "mean", "Student's t", ...(resampled ? ["bootstrap (BCa)"] : [])],
      intervals.map(({ title, column, n, mean, t, bootstrap }) => [
        ...[title, column, String(n), fixed(mean, decimals), intervalText(t, decimals)],
        ...(resampled ? [intervalText(bootstrap, decimals)] : []),
      ]),
      format,
    ),
    title("Mean ranks, 1 for the best"),
    renderGrid(["method", "mean rank"], rankRows(comparison), format),
    rankTests(comparison),
  ];
  return `${parts.join("\n")}${earlierSentences([table.numerics])}\n`;
}

const heading = ({ table }: Comparison): string[] => [
  ...["pairs", table.metric.id === "auc" ? "ratio" : "difference"],
  ...["Wilcoxon p", "Holm", "t p", "Holm", "d_z", "rank-biserial"],
];

const cells = (one: BaselineTest, decimals: number): string[] => [
  ...[
    String(one.pairs),
    fixed(one.difference, decimals),
    probability(one.wilcoxon.p),
    probability(one.wilcoxonHolm),
    probability(one.pairedT.p),
  ],
  ...[probability(one.pairedTHolm), fixed(one.dz, 2), fixed(one.rankBiserial, 2)],
];

const rankRows = ({ ranks }: Comparison): string[][] =>
  ranks.meanRanks.map((rank, i) => [ranks.methods[i]!, fixed(rank, 2)]);

/** Friedman's test, Iman and Davenport's, and Nemenyi's critical difference, in a sentence. */
export function rankTests({ ranks }: Comparison): string {
  const said = ({ test, statistic, p: value, undefinedBecause }: TestResult): string =>
    undefinedBecause === undefined
      ? `${test}: statistic ${fixed(statistic, 3)}, p = ${probability(value)}`
      : `${test}: not defined, ${undefinedBecause}`;
  const critical = ranks.criticalDifference;
  const nemenyi =
    critical === undefined
      ? []
      : [`mean ranks ${critical.toFixed(2)} apart differ at 5 % (Nemenyi, ${ranks.columns} columns)`];
  return `${[said(ranks.friedman), said(ranks.imanDavenport), ...nemenyi].join("; ")}.`;
}

const text = (value: number | undefined): string => (value === undefined ? "" : String(value));

const testsCsv = ({ table, baseline, overall, byColumn }: Comparison): string =>
  renderGrid(
    [
      ...["method", "baseline", "column", "pairs", table.metric.id === "auc" ? "ratio" : "difference"],
      ...["wilcoxon_p", "wilcoxon_p_holm", "t_p", "t_p_holm", "d_z", "rank_biserial", "numerics"],
    ],
    [...overall, ...byColumn].map((one) => [
      ...[one.method, baseline!.method, one.column ?? "all", String(one.pairs), text(one.difference)],
      ...[
        one.wilcoxon.p,
        one.wilcoxonHolm,
        one.pairedT.p,
        one.pairedTHolm,
        one.dz,
        one.rankBiserial,
        table.numerics,
      ].map(text),
    ]),
    "csv",
  );

const intervalsCsv = ({ table, intervals }: Comparison): string =>
  renderGrid(
    ["method", "column", "n", "mean", "t_low", "t_high", "bootstrap_low", "bootstrap_high", "numerics"],
    intervals.map(({ method, column, n, mean, t, bootstrap }) => [
      ...[
        method,
        column,
        String(n),
        text(mean),
        text(t?.[0]),
        text(t?.[1]),
        text(bootstrap?.[0]),
        text(bootstrap?.[1]),
        text(table.numerics),
      ],
    ]),
    "csv",
  );

const ranksCsv = ({ table, ranks }: Comparison): string =>
  renderGrid(
    ["method", "mean_rank", "columns", "friedman_p", "iman_davenport_p", "critical_difference", "numerics"],
    ranks.meanRanks.map((rank, i) => [
      ...[table.rows[i]!.method, text(rank), String(ranks.columns)],
      ...[ranks.friedman.p, ranks.imanDavenport.p, ranks.criticalDifference, table.numerics].map(text),
    ]),
    "csv",
  );

/** A number at fixed decimals; "-" where there is none. */
export const fixed = (value: number | undefined, decimals: number): string =>
  value === undefined ? "-" : Number.isFinite(value) ? value.toFixed(decimals) : value > 0 ? "infinite" : "-infinite";

/** A p-value for reading. */
export const probability = (value: number | undefined): string =>
  value === undefined ? "-" : value < 1e-4 ? "<0.0001" : value.toPrecision(2);

/** A confidence interval for reading. */
export const intervalText = (interval: Interval | undefined, decimals: number): string =>
  interval === undefined ? "-" : `${fixed(interval[0], decimals)} to ${fixed(interval[1], decimals)}`;
