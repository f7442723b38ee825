import type { VNode } from "preact";
import type { Experiment } from "../../experiment.js";
import { earlierMark } from "../../numerics.js";
import { compareWithBaseline, learnedMethods, type Comparison } from "../../statistics/compare.js";
import { TableView } from "../../table/html.js";
import { mark } from "../../table/table.js";
import { resultTable } from "../../tables/result-table.js";
import { METRICS, resultsOf, type Results } from "../../tables/results.js";
import { Section } from "../elements.js";
import { comparisonTables, rankTests } from "../../statistics/comparison-tables.js";

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
            <Result results={resultsOf(experiment, metric)} learned={learnedMethods(experiment.plan)} />
          ))}
        </>
      ))}
    </Section>
  );
}

function Result({ results, learned }: { results: Results; learned: ReadonlySet<string> }): VNode {
  const { metric, experiment, numerics, missing } = results;
  const id = `${metric.id}-${experiment}`;
  const table = resultTable(results);
  const marks = table.marks.map((one) =>
    one.kind === "missing-data" ? mark(one.kind, `data missing: ${missing.join(", ")}`) : one,
  );
  return (
    <>
      <TableView
        id={id}
        table={{ ...table, marks }}
        withBest={false}
        caption={`${metric.title}, mean ± std over trials${earlierMark(numerics)}`}
      />
      <Statistics id={id} comparison={compareWithBaseline(results, learned)} />
    </>
  );
}

/** Tests of every method against the best baseline, confidence intervals and mean ranks, folded up. */
function Statistics({ id, comparison }: { id: string; comparison: Comparison }): VNode | null {
  const { baseline, overall } = comparison;
  if (baseline === undefined || overall.length === 0) return null;
  const tables = comparisonTables(comparison);
  return (
    <details id={`${id}-statistics`}>
      <summary>Against {baseline.title}, the best baseline; confidence intervals; ranks</summary>
      <TableView
        id={`${id}-tests`}
        table={tables.overall}
        caption="Two-sided tests over trials and columns, paired by trial; Holm: corrected for the methods"
      />
      <TableView id={`${id}-intervals`} table={tables.intervals} />
      <TableView
        id={`${id}-ranks`}
        table={tables.ranks}
        caption="Mean rank over the columns in which every method has a number, 1 for the best"
        notes={[{ text: rankTests(comparison) }]}
      />
    </details>
  );
}
