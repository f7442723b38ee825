import type { VNode } from "preact";
import type { Evidence, StudyShow } from "../../study-show.js";
import { PageTable, TableView } from "../../table/html.js";
import { notesOf, Section } from "../elements.js";

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
  const tables = study.reportTables?.(evidence) ?? [];
  const ours = Object.values(study.tables ?? {}).filter(({ title }) => title === undefined);
  return (
    <>
      {tables.map(({ numerics, ...table }) => (
        <PageTable {...table} notes={notesOf([numerics])} />
      ))}
      {ours
        .flatMap((table) => table.panels(evidence))
        .map((panel) => (
          <TableView table={panel} />
        ))}
    </>
  );
}
