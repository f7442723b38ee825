import { wrapped } from "../../core/columns.js";
import { FORMATS } from "../table/formats.js";
import {
  numberCell,
  numberColumn,
  rowOf,
  wordCell,
  wordColumn,
  type Cell,
  type Column,
  type Table,
} from "../table/table.js";
import { earlierSentences } from "../numerics.js";
import { engineMarks } from "../measured/engines.js";
import { sourceOf } from "../measured/trials.js";
import { capitalised } from "../table/notes.js";
import { resultsJson } from "../tables/result-table.js";
import type { BaselineTest, BaselineComparison } from "./baseline.js";
import type { Interval } from "../statistics/intervals.js";
import { FEWEST_PAIRS, type TestResult } from "../statistics/test-result.js";

/** What a comparison is told by. */
interface StatisticsTables {
  /** Every method against the baseline, over all columns. */
  readonly overall: Table;
  readonly byColumn: Table;
  readonly intervals: Table;
  readonly ranks: Table;
}

const number = (id: string, title: string, more: Partial<Column> = {}): Column => numberColumn(id, title, 2, more);
const forMachines = (id: string): Column => number(id, id, { only: "machines" });

export function statisticsTables(comparison: BaselineComparison): StatisticsTables {
  const { trials, baseline, overall, byColumn } = comparison;
  const best = trials.metric.higherIsBetter ? "highest" : "lowest";
  return {
    overall: testTable(
      `Against ${baseline?.title}, the baseline of the ${best} mean of those that are not learned`,
      wordColumn("column", "column", { only: "machines" }),
      overall,
      comparison,
    ),
    byColumn: testTable("By column", wordColumn("column", "column"), byColumn, comparison),
    intervals: intervalTable(comparison),
    ranks: rankTable(comparison),
  };
}

const list = (id: string, caption: string, columns: readonly Column[], rows: Table["rows"]): Table => ({
  id,
  caption,
  rowName: "method",
  layout: "list",
  columns,
  rows,
  marks: [],
});

function testTable(
  caption: string,
  column: Column,
  tests: readonly BaselineTest[],
  { trials, baseline }: BaselineComparison,
): Table {
  const difference = trials.metric.id === "auc" ? "ratio" : "difference";
  const columns = [
    wordColumn("baseline", "baseline", { only: "machines" }),
    column,
    number("pairs", "pairs"),
    number(difference, difference),
    number("wilcoxon_p", "Wilcoxon p"),
    number("wilcoxon_p_holm", "Holm"),
    number("t_p", "t p", { heading: "t p" }),
    number("t_p_holm", "Holm", { heading: "Holm (t)" }),
    number("d_z", "d_z", { heading: "d_z" }),
    number("rank_biserial", "rank-biserial"),
  ];
  const rows = tests.map((one) =>
    rowOf(one.method, one.title, testCells(one, baseline!.method, trials.metric.decimals), trials.numerics),
  );
  const few = tests.some(({ pairs }) => pairs < FEWEST_PAIRS);
  const notes = few ? [`Fewer than ${FEWEST_PAIRS} pairs can't tell: no test is made of them.`] : [];
  return { ...list("tests", caption, columns, rows), notes };
}

const testCells = (one: BaselineTest, baseline: string, decimals: number): Cell[] => [
  wordCell(baseline),
  wordCell(one.column ?? "all"),
  numberCell(one.pairs, String(one.pairs)),
  numberCell(one.difference, fixed(one.difference, decimals)),
  ...[one.wilcoxon.p, one.wilcoxonHolm, one.pairedT.p, one.pairedTHolm].map((p) => numberCell(p, probability(p))),
  ...[one.dz, one.rankBiserial].map((size) => numberCell(size, fixed(size, 2))),
];

function intervalTable({ trials, intervals }: BaselineComparison): Table {
  const { decimals } = trials.metric;
  const resampled = intervals.some(({ bootstrap }) => bootstrap !== undefined);
  const columns = [
    wordColumn("column", "column"),
    number("n", "n", { heading: "n" }),
    number("mean", "mean"),
    ...["t_low", "t_high", "bootstrap_low", "bootstrap_high"].map(forMachines),
    number("t", "Student's t", { only: "people" }),
    ...(resampled ? [number("bootstrap", "bootstrap (BCa)", { only: "people" })] : []),
  ];
  const rows = intervals.map(({ method, title, column, n, mean, t, bootstrap }) => {
    const ends = [t?.[0], t?.[1], bootstrap?.[0], bootstrap?.[1]].map((end) => numberCell(end));
    const shown = (resampled ? [t, bootstrap] : [t]).map((ends) => numberCell(ends?.[0], intervalText(ends, decimals)));
    const numbers = [numberCell(n, String(n)), numberCell(mean, fixed(mean, decimals))];
    return rowOf(method, title, [wordCell(column), ...numbers, ...ends, ...shown], trials.numerics);
  });
  return list("intervals", "95 % confidence intervals of the means", columns, rows);
}

function rankTable({ trials, ranks }: BaselineComparison): Table {
  const { friedman, imanDavenport, criticalDifference } = ranks;
  const columns = [
    number("mean_rank", "mean rank"),
    ...["columns", "friedman_p", "iman_davenport_p", "critical_difference"].map(forMachines),
  ];
  const methods = [...trials.rows.keys()];
  const rows = ranks.meanRanks.map((rank, i) => {
    const ofAll = [ranks.columns, friedman.p, imanDavenport.p, criticalDifference];
    const cells = [numberCell(rank, fixed(rank, 2)), ...ofAll.map((value) => numberCell(value))];
    return rowOf(methods[i]!, ranks.methods[i]!, cells, trials.numerics);
  });
  return list("ranks", "Mean ranks, 1 for the best", columns, rows);
}

/** A comparison for reading, or as three CSV tables apart by empty lines: tests, intervals, ranks.
 *  @param width of the terminal that text has to fit. */
export function renderStatistics(
  comparison: BaselineComparison,
  format: "text" | "markdown" | "csv",
  width = Infinity,
): string {
  const { trials, baseline } = comparison;
  const { overall, byColumn, intervals, ranks } = statisticsTables(comparison);
  if (format === "csv")
    return [[overall, byColumn], [intervals], [ranks]].map((tables) => FORMATS.csv(tables)).join("\n");
  const title = `${trials.metric.title} (${sourceOf(trials)}): two-sided tests, paired by trial; Holm: corrected for the methods`;
  const write = (one: Table): string => FORMATS[format]([one], width);
  const said = (text: string): string => (format === "text" ? wrapped(text, width).join("\n") : text);
  const mixed = engineMarks(trials.experiment.records.values()).map(({ text }) => ` ${capitalised(text)}.`);
  const parts = [
    format === "markdown" ? `**${title}**\n` : said(title),
    ...(baseline === undefined ? ["No baseline has a number in every column."] : [overall, byColumn].map(write)),
    ...[intervals, ranks].map(write),
    said(rankTests(comparison) + earlierSentences([trials.numerics]) + mixed.join("")),
  ];
  return `${parts.join("\n")}\n`;
}

/** A comparison for machines. */
export const statisticsJson = ({ trials, ...found }: BaselineComparison): object => ({
  table: resultsJson(trials),
  ...found,
});

/** Friedman's test, Iman and Davenport's, and Nemenyi's critical difference, in a sentence. */
export function rankTests({ ranks }: BaselineComparison): string {
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

/** A number at fixed decimals; "-" where there is none. */
const fixed = (value: number | undefined, decimals: number): string =>
  value === undefined ? "-" : Number.isFinite(value) ? value.toFixed(decimals) : value > 0 ? "infinite" : "-infinite";

/** A p-value for reading. */
const probability = (value: number | undefined): string =>
  value === undefined ? "-" : value < 1e-4 ? "<0.0001" : value.toPrecision(2);

/** A confidence interval for reading. */
const intervalText = (interval: Interval | undefined, decimals: number): string =>
  interval === undefined ? "-" : `${fixed(interval[0], decimals)} to ${fixed(interval[1], decimals)}`;
