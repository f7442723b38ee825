import type { VNode } from "preact";
import { duration } from "../../../core/wording.js";
import type { Evidence } from "../../study-show.js";
import type { Status } from "../../../records/status.js";
import { PageTable } from "../../table/html.js";
import type { PageRow } from "../../table/page-table.js";
import { Badge, notesOf, Section } from "../elements.js";

interface Props {
  readonly evidence: Evidence;
  readonly statuses: readonly Status[];
}

/** What there is: experiments, their runs, how many are done. */
export function Experiments({ evidence, statuses }: Props): VNode {
  return (
    <Section id="experiments" title="Progress">
      {statuses.length > 0 && (
        <PageTable
          id="experiment-list"
          caption="Progress of every experiment"
          columns={[
            { title: "Experiment", wide: true },
            { title: "Paper" },
            { title: "Preset" },
            { title: "Numerics", numeric: true },
            { title: "Data" },
            ...COUNTED.map((state) => ({ title: `${state[0]!.toUpperCase()}${state.slice(1)}`, numeric: true })),
            { title: "Time", numeric: true },
            { title: "State" },
          ]}
          rows={statuses.map((status, i) => rowOf(status, evidence.experiments[i]!))}
          notes={notesOf(evidence.experiments.map(({ plan }) => plan.numerics))}
        />
      )}
    </Section>
  );
}

const COUNTED = ["runs", "done", "diverged", "failed"] as const;

function rowOf({ experiment, total }: Status, { plan, records }: Evidence["experiments"][number]): PageRow {
  const tags = [...new Set([...records.values()].map(({ data }) => data.tag))].sort();
  const seconds = secondsOf(records);
  const open = total.runs - total.done - total.diverged - total.skipped - total.failed - total.damaged;
  return {
    cells: [
      { shown: plan.title === undefined ? experiment : `${experiment}: ${plan.title}` },
      { shown: typeof plan.config.experiment === "string" ? plan.config.experiment : "-" },
      { shown: plan.preset },
      { shown: plan.numerics, value: plan.numerics },
      { shown: tags.join(", ") || "-" },
      ...COUNTED.map((state) => ({ shown: total[state], value: total[state] })),
      { shown: duration(seconds), value: seconds },
      { shown: stateOf(open, total), value: open },
    ],
  };
}

function stateOf(open: number, total: Status["total"]): VNode {
  if (total.running > 0)
    return (
      <Badge kind="fair" sign="▶">
        running
      </Badge>
    );
  if (open > 0) return <Badge kind="fair" sign="◔">{`${open} to go`}</Badge>;
  if (total.failed + total.damaged > 0)
    return (
      <Badge kind="bad" sign="✕">
        runs failed
      </Badge>
    );
  return (
    <Badge kind="good" sign="✓">
      complete
    </Badge>
  );
}

const secondsOf = (records: Evidence["experiments"][number]["records"]): number =>
  [...records.values()].reduce((sum, { timings }) => sum + timings.wallMilliseconds, 0) / 1000;
