import type { AnalysisRecord } from "../../records/analysis.js";
import type { Plan } from "../../records/plan.js";
import type { RunRecord } from "../../records/record.js";
import type { Experiment } from "../experiment.js";
import { earlierNote } from "../../records/numerics.js";
import { earlierMark } from "../numerics.js";
import { mark, type Mark, type Provenance, type Table } from "../table/table.js";
import { engineMarks } from "../measured/engines.js";
import { counted } from "../../core/wording.js";
import { sizeOf } from "../presets.js";

/** What the preset and the numerics say of all numbers. */
function makingMarks({ preset, numerics }: Pick<Provenance, "preset" | "numerics">): Mark[] {
  const note = earlierNote(numerics);
  return [
    ...(preset === "paper" ? [] : [mark("reduced", `preset ${preset}, not the paper's sizes`)]),
    ...(note === undefined ? [] : [mark("earlier", note)]),
  ];
}

export const provenanceOf = ({ plan }: Experiment): Provenance => ({
  folder: plan.experiment,
  preset: sizeOf(plan),
  numerics: plan.numerics,
  config: typeof plan.config.name === "string" ? plan.config.name : plan.experiment,
  configHash: plan.configHash,
});

/** Names the domains whose data are not here. */
export const missingData = ({ missing }: Plan): string =>
  `data missing: ${missing.map(({ domain }) => domain).join(", ")}`;

/** What holds for all numbers of an experiment. */
export function experimentMarks({ plan, records }: Experiment): Mark[] {
  return [
    ...makingMarks({ preset: sizeOf(plan), numerics: plan.numerics }),
    ...(plan.missing.length > 0
      ? [mark("missing-data", `${missingData(plan)}; nothing was learned or tested there`)]
      : []),
    ...engineMarks(records.values()),
  ];
}

/** Where an analysis lies, and what holds for all of it. */
export function about(record: AnalysisRecord | undefined): Pick<Table, "provenance" | "marks"> {
  if (record === undefined) return { provenance: undefined, marks: [] };
  const { experiment, preset, numerics, config, configHash } = record;
  const name = typeof config.name === "string" ? config.name : experiment;
  return {
    provenance: { folder: experiment, preset, numerics, config: name, configHash },
    marks: makingMarks(record),
  };
}

/** What the kind of data says of the numbers made on them. */
export const tagMarks = (tag: "real" | "synthetic" | "partial"): Mark[] =>
  tag === "synthetic"
    ? [mark("stand-in", "stand-in data")]
    : tag === "partial"
      ? [mark("partial-data", "a part of the official data")]
      : [];

/** How many of some planned runs did not end as they should. @param diverged of those that did, in words. */
export function stateMarks(
  records: readonly RunRecord[],
  planned: number,
  noun: "runs" | "trials",
  diverged = "diverged",
): Mark[] {
  const of = (state: RunRecord["state"]): number => records.filter((record) => record.state === state).length;
  const counts = [
    ["diverged", of("diverged"), diverged],
    ["failed", of("failed"), "failed"],
    ["skipped", of("skipped"), "skipped"],
    ["partial", planned - records.length, "not run"],
  ] as const;
  return counts.flatMap(([kind, n, what]) => (n > 0 ? [mark(kind, `${n} of ${planned} ${noun} ${what}`)] : []));
}

/** Ends a table's caption with how many trials are behind its numbers, and where they come from. */
export function withOrigin(table: Table): Table {
  const { caption, experiment = "", provenance, rows, columns } = table;
  const counts = rows.flatMap(({ cells }) =>
    cells.flatMap(({ samples }, i) =>
      columns[i]!.spread !== undefined && samples[0]?.kind === "run" ? [samples.length] : [],
    ),
  );
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
  const trials = fewest === most ? counted(most, "trial") : `${fewest} to ${most} trials`;
  const spread = counts.length > 0 ? ` Mean ± std over ${trials}.` : "";
  const from =
    provenance === undefined
      ? `${experiment}: no records.`
      : `${[experiment, provenance.folder, `preset ${provenance.preset}`].filter((part) => part !== "").join(", ")}${earlierMark(provenance.numerics)}.`;
  return { ...table, caption: `${caption.replace(/\.?$/, ".")}${spread} ${from}` };
}
