import type { VNode } from "preact";
import type { Evidence, StudyShow } from "../../study-show.js";
import { TableView } from "../../table/html.js";
import { Section } from "../elements.js";

/** What the studies' analyses came to, besides the paper's tables and figures. */
export function Analyses({ evidence }: { evidence: Evidence }): VNode {
  return (
    <Section id="analyses" title="Analyses">
      {evidence.analyses.length === 0 ? (
        <p>
          None; <code>metamd analyse --help</code> lists them.
        </p>
      ) : (
        evidence.studies.map((study) => <Study study={study} evidence={evidence} />)
      )}
    </Section>
  );
}

function Study({ study, evidence }: { study: StudyShow; evidence: Evidence }): VNode {
  const ours = Object.values(study.tables ?? {}).filter(({ title }) => title === undefined);
  const tables = [...(study.reportTables?.(evidence) ?? []), ...ours.flatMap((table) => table.panels(evidence))];
  return (
    <>
      {tables.map((table) => (
        <TableView table={table} />
      ))}
    </>
  );
}
