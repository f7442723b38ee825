import type { VNode } from "preact";
import type { Evidence } from "../../study-show.js";
import { earlierMark } from "../../numerics.js";
import type { RunRecord } from "../../../records/record.js";
import type { Status } from "../../../records/status.js";
import { PageTable, type PageRow } from "../../table/html.js";
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
            ...["Experiment", "Phase", "Method", "Dataset", "State"].map((title) => ({ title })),
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

type Divergence = NonNullable<RunRecord["divergence"]>;

function rowsOf({ experiment, numerics, runs }: Status, { records }: Evidence["experiments"][number]): PageRow[] {
  return runs
    .filter(({ state }) => state === "failed" || state === "damaged" || state === "diverged")
    .map(({ id, phase, method, holdout, state, reason }) => {
      const at = records.get(id)?.divergence;
      const why = reason ?? (at === undefined ? "" : wordsOf(at));
      return {
        method,
        cells: [experiment + earlierMark(numerics), phase, method, holdout ?? "-", state, why, id].map((shown) => ({
          shown,
        })),
      };
    });
}

/** "at step 23, no finite gradient of fc1.weight". */
function wordsOf({ step, brokenGradients, brokenValues = [], evaluationLoss }: Divergence): string {
  const some = (names: readonly string[]): string => names.slice(0, 3).join(", ");
  return [
    `at step ${step}`,
    ...(brokenGradients.length > 0 ? [`no finite gradient of ${some(brokenGradients)}`] : []),
    ...(brokenValues.length > 0 ? [`by its last update: no finite numbers in ${some(brokenValues)}`] : []),
    ...(evaluationLoss !== undefined ? [`by its last update: the loss of the evaluation is ${evaluationLoss}`] : []),
  ].join(", ");
}
