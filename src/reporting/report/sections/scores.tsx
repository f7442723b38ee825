import type { VNode } from "preact";
import type { Evidence } from "../../study-show.js";
import { TableView } from "../../table/html.js";
import { scorePanels, timePanels } from "../../tables/scores.js";
import { Section } from "../elements.js";

/** The field's scores beside accuracy and AUC, and the times to a target that they rest on. */
export function Scores({ evidence }: { evidence: Evidence }): VNode {
  const [scores, times] = [scorePanels(evidence), timePanels(evidence)];
  return (
    <Section id="scores" title="Scores">
      {scores.length === 0 && <p>No baseline has finished a trial: there is no target to reach.</p>}
      {scores.map((table) => (
        <TableView table={table} />
      ))}
      {times.length > 0 && (
        <details id="times-to-target">
          <summary>Steps and seconds to the target, by data set</summary>
          {times.map((table) => (
            <TableView table={table} />
          ))}
        </details>
      )}
    </Section>
  );
}
