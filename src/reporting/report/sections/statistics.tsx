import type { VNode } from "preact";
import type { Comparison } from "../../statistics/compare.js";
import { comparisonTables, rankTests } from "../../statistics/comparison-tables.js";
import { TableView } from "../../table/html.js";

/** Tests of every method against the best baseline, confidence intervals and mean ranks, folded up. */
export function Statistics({ id, comparison }: { id: string; comparison: Comparison }): VNode | null {
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
