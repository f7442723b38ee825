import type { VNode } from "preact";
import type { Experiment } from "../../experiment.js";
import { earlierMark } from "../../numerics.js";
import { compareWithBaseline, learnedMethods } from "../../statistics/compare.js";
import { METRICS, resultTable, type ResultTable, type Summary } from "../../tables/result-table.js";
import { capitalised, DataTable, lettered, notesOf, Section, type Row } from "../elements.js";
import { Statistics } from "./statistics.js";

/** Accuracy and AUC of every experiment, as its config orders them. */
export function ResultTables({ experiments }: { experiments: readonly Experiment[] }): VNode {
  return (
    <Section id="results" title="Every experiment">
      {experiments.map((experiment) => (
        <>
          <h3 id={`results-${experiment.plan.experiment}`}>
            {experiment.plan.experiment}
            {earlierMark(experiment.plan.numerics)}
          </h3>
          {Object.values(METRICS).map((metric) => (
            <Result table={resultTable(experiment, metric)} learned={learnedMethods(experiment.plan)} />
          ))}
        </>
      ))}
    </Section>
  );
}

function Result({ table, learned }: { table: ResultTable; learned: ReadonlySet<string> }): VNode {
  const { metric, experiment, numerics, columns, rows, missing } = table;
  const { lettersOf, notes } = lettered(rows.flatMap(({ cells }) => cells.flatMap(({ marks }) => marks)));
  const headings = [...columns, ...(columns.length > 1 ? ["Average"] : [])];
  const id = `${metric.id}-${experiment}`;
  return (
    <>
      <DataTable
        id={id}
        caption={`${metric.title}, mean ± std over trials${earlierMark(numerics)}`}
        columns={[{ title: "Method" }, ...headings.map((title) => ({ title: capitalised(title), numeric: true }))]}
        rows={rows.map((row) => rowOf(row, table, lettersOf))}
        notes={[
          ...[...notes, ...(missing.length > 0 ? [{ text: `Data missing: ${missing.join(", ")}` }] : [])],
          ...notesOf([numerics]),
        ]}
      />
      <Statistics id={id} comparison={compareWithBaseline(table, learned)} />
    </>
  );
}

function rowOf(
  { method, title, cells, average }: ResultTable["rows"][number],
  { columns, metric: { decimals } }: ResultTable,
  lettersOf: (marks: readonly string[]) => string[],
): Row {
  const shown = ({ mean, std }: Summary): string => {
    if (mean === undefined) return "-";
    if (!Number.isFinite(mean)) return "diverged";
    return mean.toFixed(decimals) + (std === undefined ? "" : ` ± ${std.toFixed(decimals)}`);
  };
  return {
    method,
    cells: [
      { shown: title },
      ...cells.map((cell) => ({ shown: shown(cell), value: cell.mean, letters: lettersOf(cell.marks) })),
      ...(columns.length > 1 ? [{ shown: shown(average), value: average.mean }] : []),
    ],
  };
}
