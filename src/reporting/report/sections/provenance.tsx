import type { VNode } from "preact";
import { stringify } from "yaml";
import { groupBy } from "../../../core/group.js";
import { contentId } from "../../../core/hash.js";
import { counted } from "../../../core/wording.js";
import type { RunRecord } from "../../../records/record.js";
import type { Evidence } from "../../study-show.js";
import { PageTable } from "../../table/html.js";
import { notesOf, Section } from "../elements.js";

type Origin = Pick<RunRecord, "numerics" | "hardware" | "git" | "startedAt"> & {
  readonly engine: RunRecord["engine"] | null;
  readonly experiment: string;
};

/** Machines, engines, commits and data behind the numbers, and every experiment's whole config. */
export function Provenance({ evidence }: { evidence: Evidence }): VNode {
  const { experiments, analyses } = evidence;
  const runs = experiments.flatMap(({ records }) => [...records.values()]);
  const all: Origin[] = [...runs, ...analyses.map(({ record }) => record)];
  const groups = groupBy(all, ({ experiment, numerics, engine, hardware, git }) =>
    contentId({ experiment, numerics, engine, hardware, git }),
  );
  const data = new Map(
    runs.flatMap(({ data }) =>
      Object.entries(data.checksums).map(([id, checksum]) => [id, [data.tag, checksum]] as const),
    ),
  );
  return (
    <Section id="provenance" title="Where the numbers come from">
      <PageTable
        id="origins"
        caption="Machines, engines and commits"
        columns={[
          { title: "Experiment" },
          ...["Engine", "Precision", "Machine"].map((title) => ({ title, wide: true })),
          { title: "Commit" },
          { title: "Numerics", numeric: true },
          { title: "Runs", numeric: true },
          { title: "First begun" },
        ]}
        rows={[...groups.values()].map((group) => rowOf(group))}
        notes={notesOf(all.map(({ numerics }) => numerics))}
      />
      <PageTable
        id="data"
        caption="Data that runs read"
        columns={["Domain", "Kind", "Checksum"].map((title) => ({ title }))}
        rows={[...data].sort().map(([id, [tag, checksum]]) => ({
          cells: [{ shown: id }, { shown: tag }, { shown: <code title={checksum}>{checksum.slice(0, 16)}</code> }],
        }))}
      />
      <h3>Configs</h3>
      {experiments.map(({ plan }) => (
        <details id={`config-${plan.experiment}`}>
          <summary>
            {plan.experiment} (hash {plan.configHash}, numerics {plan.numerics})
          </summary>
          <pre tabIndex={0}>{stringify(plan.config)}</pre>
        </details>
      ))}
    </Section>
  );
}

function rowOf(group: readonly Origin[]): { cells: { shown: string | number; value?: number }[] } {
  const { experiment, numerics, engine, hardware, git } = group[0]!;
  const version = Object.entries(engine?.versions ?? {}).map(([name, version]) => `${name} ${version}`);
  const memory = `${Math.round(hardware.memoryBytes / 1e9)} GB`;
  const first = group.reduce((least, { startedAt }) => (startedAt < least ? startedAt : least), group[0]!.startedAt);
  return {
    cells: [
      { shown: experiment },
      {
        shown:
          engine === null
            ? "none"
            : `${engine.name} (${version.join(", ")})${engine.gpu ? `, ${engine.device?.name ?? "GPU"}` : ""}`,
      },
      { shown: engine === null ? "float64" : `${engine.precision}, ${counted(engine.threads, "thread")}` },
      { shown: `${hardware.cpu}, ${counted(hardware.cores, "core")}, ${memory}` },
      { shown: git === null ? "no checkout" : git.commit.slice(0, 10) + (git.dirty ? " and changes" : "") },
      ...[numerics, group.length].map((value) => ({ shown: value, value })),
      { shown: first.slice(0, 16).replace("T", " ") },
    ],
  };
}
