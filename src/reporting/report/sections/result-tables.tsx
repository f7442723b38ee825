import type { VNode } from "preact";
import type { Experiment } from "../../experiment.js";
import { earlierMark } from "../../numerics.js";
import { compareWithBaseline, type BaselineComparison } from "../../compare/baseline.js";
import { TableView } from "../../table/html.js";
import { mark } from "../../table/table.js";
import { missingData } from "../../tables/origin.js";
import { resultTable } from "../../tables/result-table.js";
import { measureTrials, METRICS, type Trials } from "../../measured/trials.js";
import { Section } from "../elements.js";
import { statisticsTables, rankTests } from "../../compare/baseline-tables.js";

/** Accuracy and AUC of every experiment, as its config orders them. @param above whose accuracy the page begins with. */
export function ResultTables({
  experiments,
  above,
}: {
  experiments: readonly Experiment[];
  above: Experiment | undefined;
}): VNode {
  return (
    <Section id="results" title="Every experiment">
      {experiments.map((experiment) => (
        <>
          <h3 id={`results-${experiment.plan.experiment}`}>
            {experiment.plan.experiment}
            {earlierMark(experiment.plan.numerics)}
          </h3>
          {Object.values(METRICS).map((metric) => {
            const trials = measureTrials(experiment, metric);
            return (
              <>
                {experiment === above && metric.id === "accuracy" ? (
                  <p>
                    Its accuracies are <a href={`#${idOf(trials)}`}>above</a>.
                  </p>
                ) : (
                  <ResultTableView trials={trials} />
                )}
                <Statistics id={idOf(trials)} comparison={compareWithBaseline(trials)} />
              </>
            );
          })}
        </>
      ))}
    </Section>
  );
}

const idOf = ({ metric, experiment }: Trials): string => `${metric.id}-${experiment.plan.experiment}`;

/** An experiment's own table, the best of each column in bold. */
export function ResultTableView({ trials }: { trials: Trials }): VNode {
  const { metric, numerics, experiment } = trials;
  const table = resultTable(trials);
  const marks = table.marks.map((one) =>
    one.kind === "missing-data" ? mark(one.kind, missingData(experiment.plan)) : one,
  );
  const better = metric.higherIsBetter ? "higher is better" : "lower is better";
  return (
    <TableView
      id={idOf(trials)}
      table={{ ...table, marks }}
      caption={`${metric.title} (${better}), mean ± std over trials${earlierMark(numerics)}`}
    />
  );
}

/** Tests of every method against the best baseline, confidence intervals and mean ranks, folded up. */
function Statistics({ id, comparison }: { id: string; comparison: BaselineComparison }): VNode | null {
  const { baseline, overall } = comparison;
  if (baseline === undefined || overall.length === 0) return null;
  const tables = statisticsTables(comparison);
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
