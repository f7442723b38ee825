import { earlierNote } from "../../records/numerics.js";
import { earlierMark } from "../numerics.js";
import { areBest } from "../table/best.js";
import { STYLES, type TableFormat } from "../table/styles.js";
import type { Metric, ResultRow, ResultTable, Summary } from "./result-table.js";

/** A table for reading: mean ± standard deviation over the trials at fixed decimals, the best mean of a column bold
 *  where the format can; a cell with a mark has a star, and the marks follow the table. */
export function renderTable(table: ResultTable, format: TableFormat): string {
  const { metric, columns, rows, missing, numerics } = table;
  const note = earlierNote(numerics);
  const several = columns.length > 1;
  const heading = ["method", ...columns, ...(several ? ["average"] : [])];
  const summaries = rows.map((row) => [...row.cells, ...(several ? [row.average] : [])]);
  const best = heading.slice(1).map((_column, i) =>
    areBest(
      summaries.map((row) => row[i]!.mean),
      metric.higherIsBetter ? "higher" : "lower",
    ),
  );
  const style = STYLES[format];
  const body = rows.map((row, r) => [
    style.escape(row.title),
    ...summaries[r]!.map((summary, i) => {
      const shown = number(summary, metric, style.plusMinus);
      const star = (row.cells[i]?.marks.length ?? 0) > 0 ? style.star : "";
      return (best[i]![r] ? style.bold(shown) : shown) + star;
    }),
  ]);
  const notes = [
    ...rows.flatMap((row) => {
      const state = stateOf(row, columns);
      return state === "" ? [] : [`* ${row.title}: ${state}`];
    }),
    ...(missing.length > 0 ? [`* data missing: ${missing.join(", ")}; nothing was learned or averaged there`] : []),
    ...(note === undefined ? [] : [`* ${note}`]),
  ];
  const label = `${table.experiment}-${metric.id}`;
  return style.layout({ caption: caption(table), label, heading: heading.map(style.escape), body, notes });
}

/** What is not as it should be in a row, by column; empty when all is well. */
export function stateOf({ cells }: ResultRow, columns: readonly string[]): string {
  return cells
    .flatMap(({ marks }, i) => (marks.length > 0 ? [`${columns[i]}: ${marks.join(" and ")}`] : []))
    .join("; ");
}

function caption({ metric, rows, experiment, numerics, dataTags }: ResultTable): string {
  const counts = rows.map(({ trials }) => trials);
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
  const trials = fewest === most ? `${most}` : `${fewest} to ${most}`;
  const data = dataTags.filter((tag) => tag !== "real").map((tag) => `, ${tag} data`);
  return `${metric.title}, mean ± std over ${trials} trial${trials === "1" ? "" : "s"} (${experiment}${earlierMark(numerics)}${data.join("")})`;
}

function number({ mean, std }: Summary, { decimals }: Metric, plusMinus: string): string {
  if (mean === undefined) return "-";
  if (!Number.isFinite(mean)) return "diverged";
  return mean.toFixed(decimals) + (std === undefined ? "" : plusMinus + std.toFixed(decimals));
}
