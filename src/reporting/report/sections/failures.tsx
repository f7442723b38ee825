import type { VNode } from "preact";
import type { Evidence } from "../../study-show.js";
import { earlierMark } from "../../numerics.js";
import type { Status } from "../../../records/status.js";
import { short } from "../../figures/figure-texts.js";
import { PageTable } from "../../table/html.js";
import type { PageRow } from "../../table/page-table.js";
import { divergenceWords } from "../divergence.js";
import { Section } from "../elements.js";

/** Rows that are shown; a page is no log. */
const SHOWN = 200;

interface Props {
  readonly evidence: Evidence;
  readonly statuses: readonly Status[];
}

/** Runs that failed or diverged, and why. */
export function Failures({ evidence, statuses }: Props): VNode {
  const rows = statuses.flatMap((status, i) => rowsOf(status, evidence.experiments[i]!));
  return (
    <Section id="failures" title="Failed and diverged runs">
      {rows.length === 0 ? (
        <p>None.</p>
      ) : (
        <PageTable
          id="failure-list"
          caption="A diverged run is a result and counts as chance; a failed run has no result, and the same command runs it again"
          columns={[
            ...["Experiment", "Phase", "Method", "Dataset"].map((title) => ({ title })),
            { title: "Learning rate", numeric: true },
            { title: "State" },
            { title: "Why", wide: true },
            { title: "Run" },
          ]}
          rows={rows.slice(0, SHOWN)}
          notes={
            rows.length > SHOWN ? [{ text: `${rows.length - SHOWN} more: metamd status EXPERIMENT --verbose` }] : []
          }
        />
      )}
    </Section>
  );
}

function rowsOf({ experiment, numerics, runs }: Status, { records }: Evidence["experiments"][number]): PageRow[] {
  return runs
    .filter(({ state }) => state === "failed" || state === "damaged" || state === "diverged")
    .map(({ id, phase, method, holdout, state, reason }) => {
      const at = records.get(id)?.divergence;
      const why = reason ?? (at === undefined ? "" : divergenceWords(at));
      const rate = records.get(id)?.selected?.learningRate;
      const cells = [experiment + earlierMark(numerics), phase, method, holdout ?? "-"].map((shown) => ({ shown }));
      return {
        method,
        cells: [
          ...cells,
          { shown: rate === undefined ? "-" : short(rate), value: rate },
          { shown: state },
          { shown: why },
          { shown: id, runs: records.has(id) ? [id] : [] },
        ],
      };
    });
}
