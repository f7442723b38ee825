import type { Metric, ResultRow, ResultTable, Summary } from "./result-table.js";

export const TABLE_FORMATS = ["text", "markdown", "latex"] as const;
export type TableFormat = (typeof TABLE_FORMATS)[number];

/** A table for reading: mean ± standard deviation over the trials at fixed decimals, the best mean of a column bold
 *  where the format can; a cell with a mark has a star, and the marks follow the table. */
export function renderTable(table: ResultTable, format: TableFormat): string {
  const { metric, columns, rows, missing } = table;
  const several = columns.length > 1;
  const heading = ["method", ...columns, ...(several ? ["average"] : [])];
  const summaries = rows.map((row) => [...row.cells, ...(several ? [row.average] : [])]);
  const best = heading.slice(1).map((_column, i) =>
    bestMean(
      summaries.map((row) => row[i]!.mean),
      metric,
    ),
  );
  const style = STYLES[format];
  const body = rows.map((row, r) => [
    style.escape(row.title),
    ...summaries[r]!.map((summary, i) => {
      const shown = number(summary, metric, style.plusMinus);
      const star = (row.cells[i]?.marks.length ?? 0) > 0 ? "*" : "";
      return (summary.mean !== undefined && summary.mean === best[i] ? style.bold(shown) : shown) + star;
    }),
  ]);
  const notes = [
    ...rows.flatMap((row) => {
      const state = stateOf(row, columns);
      return state === "" ? [] : [`* ${row.title}: ${state}`];
    }),
    ...(missing.length > 0 ? [`* data missing: ${missing.join(", ")}; nothing was learned or averaged there`] : []),
  ];
  return style.layout(caption(table), heading.map(style.escape), body, notes);
}

/** What is not as it should be in a row, by column; empty when all is well. */
export function stateOf({ cells }: ResultRow, columns: readonly string[]): string {
  return cells
    .flatMap(({ marks }, i) => (marks.length > 0 ? [`${columns[i]}: ${marks.join(" and ")}`] : []))
    .join("; ");
}

function caption({ metric, rows, experiment, dataTags }: ResultTable): string {
  const counts = rows.map(({ trials }) => trials);
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
  const trials = fewest === most ? `${most}` : `${fewest} to ${most}`;
  const data = dataTags.filter((tag) => tag !== "real").map((tag) => `, ${tag} data`);
  return `${metric.title}, mean ± std over ${trials} trial${trials === "1" ? "" : "s"} (${experiment}${data.join("")})`;
}

function bestMean(means: readonly (number | undefined)[], { higherIsBetter }: Metric): number | undefined {
  const known = means.filter((mean): mean is number => mean !== undefined && Number.isFinite(mean));
  return known.length < 2 ? undefined : Math[higherIsBetter ? "max" : "min"](...known);
}

function number({ mean, std }: Summary, { decimals }: Metric, plusMinus: string): string {
  if (mean === undefined) return "-";
  if (!Number.isFinite(mean)) return "diverged";
  return mean.toFixed(decimals) + (std === undefined ? "" : plusMinus + std.toFixed(decimals));
}

interface Style {
  readonly plusMinus: string;
  escape(text: string): string;
  bold(text: string): string;
  layout(
    caption: string,
    heading: readonly string[],
    body: readonly (readonly string[])[],
    notes: readonly string[],
  ): string;
}

const STYLES: Readonly<Record<TableFormat, Style>> = {
  text: {
    plusMinus: " ± ",
    escape: (text) => text,
    bold: (text) => text,
    layout(caption, heading, body, notes) {
      const widths = heading.map((title, i) => Math.max(title.length, ...body.map((row) => row[i]!.length)));
      const line = (cells: readonly string[]): string =>
        cells
          .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
          .join("  ")
          .trimEnd();
      return lines(caption, line(heading), line(widths.map((width) => "-".repeat(width))), ...body.map(line), ...notes);
    },
  },
  markdown: {
    plusMinus: " ± ",
    escape: (text) => text.replace(/[|*_\\]/g, "\\$&"),
    bold: (text) => `**${text}**`,
    layout(caption, heading, body, notes) {
      const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
      const rule = line(heading.map((_title, i) => (i === 0 ? "---" : "---:")));
      const below = notes.length === 0 ? [] : ["", ...notes.map((note) => `\\${note}  `)];
      return lines(caption, "", line(heading), rule, ...body.map(line), ...below);
    },
  },
  latex: {
    plusMinus: " $\\pm$ ",
    escape: latexEscape,
    bold: (text) => `\\textbf{${text}}`,
    layout(caption, heading, body, notes) {
      const line = (cells: readonly string[]): string => `    ${cells.join(" & ")} \\\\`;
      const about = [`${caption}.`, ...notes].map((note) => latexEscape(note).replace("±", "$\\pm$"));
      return lines(
        "\\begin{table}",
        "  \\centering",
        `  \\caption{${about.join(" ")}}`,
        `  \\begin{tabular}{l${"r".repeat(heading.length - 1)}}`,
        "    \\hline",
        line(heading),
        "    \\hline",
        ...body.map(line),
        "    \\hline",
        "  \\end{tabular}",
        "\\end{table}",
      );
    },
  },
};

function latexEscape(text: string): string {
  return text.replace(/[\\&%$#_{}~^]/g, (special) =>
    special === "\\" ? "\\textbackslash{}" : /[~^]/.test(special) ? `\\${special}{}` : `\\${special}`,
  );
}

const lines = (...all: readonly string[]): string => `${all.join("\n")}\n`;
